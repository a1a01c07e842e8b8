import type { Position } from '../records/position.ts';
import { isBroken } from '../records/raw-text.ts';
import { BodyReader, type BodyParts } from './body-reader.ts';
import { byteOrderMark, FileLint } from './file-lint.ts';

/** Lints the body of an Anthropic create call. */
export class BodyLint extends FileLint implements BodyParts {
  readonly #reader = new BodyReader(this);
  #begin: Buffer | undefined = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#reader.push(this.#begin === undefined ? chunk : this.#withoutMark(chunk));
    if (this.#reader.pendingBytes <= this.options.maxRequestBytes) return;
    this.add('too_large', 'this request alone is larger than a batch may be; what follows was not read.', this.#reader.position);
    this.#reader.stop();
  }

  end(): void {
    if (this.#begin !== undefined) this.#reader.push(this.#begin);
    this.#reader.end();
  }

  #withoutMark(chunk: Buffer): Buffer {
    const start = Buffer.concat([this.#begin ?? Buffer.alloc(0), chunk]);
    this.#begin = start.length < byteOrderMark.length ? start : undefined;
    if (start.length < byteOrderMark.length) return Buffer.alloc(0);
    if (!start.subarray(0, byteOrderMark.length).equals(byteOrderMark)) return start;
    this.add('byte_order_mark', 'the file begins with a byte order mark, and so is no JSON: save it without one.', { line: 1, column: 1 }, true);
    return start.subarray(byteOrderMark.length);
  }

  gap(bytes: Buffer): void {
    this.write(bytes);
  }

  element(bytes: Buffer, start: Position): void {
    const text = bytes.toString('utf8');
    this.requestBytes += bytes.length;
    if (!isBroken(text, bytes)) return this.write(this.readRequest(text, start, (index) => index));
    this.readBroken(bytes, start);
    this.write(bytes);
  }

  strange(name: string, start: Position): void {
    this.add('unknown_member', name === 'requests' ? '`requests` is given a second time.' : `\`${name}\` does not belong here: the body of a batch has \`requests\` alone.`, start);
  }

  broken(what: string, at: Position): void {
    this.add('invalid_json', `${what}; nothing after it was read.`, at);
  }
}
