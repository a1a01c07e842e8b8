import type { TailSink } from '../results/arena.ts';

/** Bytes of a piece of output. */
const pieceBytes = 256 * 1024;
/** Text that is gathered before it becomes bytes. */
const textLength = 4096;
/** Fewer bytes of shared memory are gathered as text, too: V8 copies from there by the word, and text at once. */
const shortBytes = 2048;
/** More pieces than this are never on their way to a file. */
const maxLent = 16;

/**
 * Puts output together in large pieces, each a buffer of its own that can be handed on while the next is filled. Fast because texts that
 * follow each other become bytes together, bytes are copied once, and the memory of pieces that were written is used again: new memory costs
 * the system more than copying, and makes the collector run.
 */
export class Pieces implements TailSink {
  #text = '';
  #piece: Buffer = Buffer.allocUnsafeSlow(pieceBytes);
  #used = 0;
  #full: Buffer[] = [];
  readonly #free: Buffer[] = [];
  /** Pieces on their way, and where in the output each ends. */
  readonly #lent: { readonly memory: Buffer; readonly end: number }[] = [];
  #bytes = 0;

  /** True if there is a piece to take. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length > textLength) this.#flushText();
  }

  copy(bytes: Buffer, start: number, end: number): void {
    if (end - start < shortBytes && bytes.buffer instanceof SharedArrayBuffer) return this.write(bytes.toString('latin1', start, end));
    this.#flushText();
    this.#makeRoom(end - start);
    this.#used += bytes.copy(this.#piece, this.#used, start, end);
  }

  fill(text: string, length: number, write: (room: Buffer) => boolean): boolean {
    const before = this.#text + text;
    this.#makeRoom(before.length + length);
    const start = this.#used + this.#piece.write(before, this.#used, 'latin1');
    if (!write(this.#piece.subarray(start, start + length))) return false;
    this.#used = start + length;
    this.#text = '';
    return true;
  }

  /** The pieces that are full. */
  take(): readonly Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** What is left at the end. */
  end(): readonly Buffer[] {
    this.#flushText();
    this.#finish();
    return this.take();
  }

  /** Takes back the pieces that lie within the first bytes of the output, which have been written. Those of a target that never tells are left to the collector. */
  takeBack(written: number): void {
    for (let next = this.#lent[0]; next !== undefined && next.end <= written; next = this.#lent[0]) {
      this.#free.push(next.memory);
      this.#lent.shift();
    }
  }

  #flushText(): void {
    this.#makeRoom(this.#text.length);
    this.#used += this.#piece.write(this.#text, this.#used, 'latin1');
    this.#text = '';
  }

  /** Starts another piece where this one has no room left. */
  #makeRoom(length: number): void {
    if (this.#used + length <= this.#piece.length) return;
    this.#finish();
    this.#piece = (length <= pieceBytes ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(pieceBytes, length));
  }

  #finish(): void {
    if (this.#used === 0) return;
    this.#full.push(this.#piece.subarray(0, this.#used));
    this.#bytes += this.#used;
    this.#used = 0;
    if (this.#piece.length > pieceBytes) return;
    this.#lent.push({ memory: this.#piece, end: this.#bytes });
    if (this.#lent.length > maxLent) this.#lent.shift();
  }
}
