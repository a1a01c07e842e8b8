import { ServerResponse, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { parseJson, type Json } from './json.ts';

/** What is done to the bytes of a body on their way out. */
export type Tampering =
  /** After `bytes` (half of the announced length, if it is not given) the body breaks off, stops for ever, or ends. */
  | { readonly kind: 'cut'; readonly bytes?: number | undefined; readonly how: 'reset' | 'stall' | 'end'; readonly announced: 'length' | 'nothing' | 'short' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'length'; readonly delta: number }
  | { readonly kind: 'garble' };

/** A slow body is sent in pieces of so much time. */
const SLICE_MS = 50;

/** An answer that can be made to go wrong. Unless something is set it is the answer it extends. */
export class FaultyResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** Changes a JSON body. */
  edit: ((body: Json) => Json) | undefined;
  /** Sees the headers before they go, and may change them. */
  onHead: ((status: number) => void) | undefined;
  tampering: Tampering | undefined;
  #status = 200;
  /** Bytes of the body that pass before a cut. */
  #left = Infinity;
  #isCut = false;
  #trickling = Promise.resolve();

  // The emulator passes headers as an object; there is no reason phrase to keep.
  override writeHead(status: number, headers?: unknown): this {
    for (const [name, value] of Object.entries((headers ?? {}) as OutgoingHttpHeaders)) if (value !== undefined) this.setHeader(name, value);
    this.#status = status;
    // The length of a body that is yet to be changed is not known.
    return this.edit === undefined ? this.#sendHead() : this;
  }

  // Callbacks and encodings are not in use here: bodies are buffers, written by `end` or a pipe.
  override write(chunk: Buffer): boolean {
    return this.tampering === undefined ? super.write(chunk) : this.#tamper(chunk, this.tampering);
  }

  override end(chunk?: unknown): this {
    // Bodies are buffers, as above; a pipe ends without one.
    const whole = Buffer.isBuffer(chunk) ? this.#edited(chunk) : undefined;
    if (this.tampering === undefined) return whole === undefined ? super.end() : super.end(whole);
    if (!this.headersSent) this.#sendHead();
    if (whole !== undefined && whole.length > 0) this.#tamper(whole, this.tampering);
    return this.#finish(this.tampering);
  }

  #sendHead(): this {
    this.statusCode = this.#status;
    this.onHead?.(this.#status);
    this.#announce();
    return super.writeHead(this.#status);
  }

  #announce(): void {
    const length = Number(this.getHeader('content-length') ?? 0);
    // Whatever the headers say, the connection is of no use after it.
    if (this.tampering?.kind === 'length' || this.tampering?.kind === 'cut') this.setHeader('connection', 'close');
    if (this.tampering?.kind === 'length') this.setHeader('content-length', Math.max(0, length + this.tampering.delta));
    if (this.tampering?.kind !== 'cut') return;
    this.#left = this.tampering.bytes ?? Math.floor(length / 2);
    if (this.tampering.announced === 'nothing') this.removeHeader('content-length');
    if (this.tampering.announced === 'short') this.setHeader('content-length', Math.min(length, this.#left));
  }

  #edited(body: Buffer): Buffer {
    const { edit } = this;
    if (edit === undefined) return body;
    this.edit = undefined;
    const json = parseJson(body.toString('utf8'));
    const changed = json === undefined ? body : Buffer.from(JSON.stringify(edit(json)));
    this.setHeader('content-length', changed.length);
    this.#sendHead();
    return changed;
  }

  #tamper(chunk: Buffer, tampering: Tampering): boolean {
    switch (tampering.kind) {
      case 'slow': return this.#trickle(chunk, tampering.bytesPerSecond);
      case 'garble': return super.write(chunk.toReversed());
      case 'length': return super.write(chunk);
      case 'cut': return this.#pass(chunk, tampering.how);
    }
  }

  #pass(chunk: Buffer, how: 'reset' | 'stall' | 'end'): boolean {
    if (this.#isCut) return false;
    const part = chunk.subarray(0, this.#left);
    this.#left -= part.length;
    const goesOn = part.length === 0 || super.write(part);
    if (this.#left > 0) return goesOn;
    this.#isCut = true;
    if (part.length === 0) this.flushHeaders();
    if (how === 'reset') this.socket?.destroySoon();
    if (how === 'end') super.end();
    return false;
  }

  /** The pipe waits for a `drain`, which comes when the bytes are on their way. */
  #trickle(chunk: Buffer, bytesPerSecond: number): boolean {
    const slice = Math.max(1, Math.floor((bytesPerSecond * SLICE_MS) / 1000));
    const send = async () => {
      for (let at = 0; at < chunk.length && !this.destroyed; at += slice) {
        super.write(chunk.subarray(at, at + slice));
        await wait((Math.min(slice, chunk.length - at) * 1000) / bytesPerSecond, undefined, { ref: false });
      }
      this.emit('drain');
    };
    this.#trickling = this.#trickling.then(send);
    return false;
  }

  #finish({ kind }: Tampering): this {
    if (this.#isCut) return this;
    if (kind === 'slow') void this.#trickling.then(() => super.end());
    else super.end();
    return this;
  }
}
