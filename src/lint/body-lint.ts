import type { Position } from '../records/position.ts';
import { isBroken } from '../records/raw-text.ts';
import { BodyReader, type BodyParts } from './body-reader.ts';
import { FileLint, withoutMarks } from './file-lint.ts';

/** With so many bytes it is known whether a mark comes first. */
const longestBegin = 3;

/** Lints the body of an Anthropic create call. */
export class BodyLint extends FileLint implements BodyParts {
  readonly #reader = new BodyReader(this);
  #begin: Buffer | undefined = Buffer.alloc(0);
  #isMarked = false;

  push(chunk: Buffer): void {
    this.#reader.push(this.#begin === undefined ? chunk : this.#withoutMark(chunk));
    if (this.#reader.pendingBytes <= this.options.maxRequestBytes) return;
    this.add('too_large', 'this request alone is larger than a batch may be; what follows was not read.', this.#reader.position);
    this.#reader.stop();
  }

  end(): void {
    if (this.#begin !== undefined) {
      if (this.#isMarked) this.#tellMark();
      this.#reader.push(this.#begin);
    }
    this.#reader.end();
  }

  /** Holds the first bytes back until it is known whether they are a mark. */
  #withoutMark(chunk: Buffer): Buffer {
    const start = Buffer.concat([this.#begin ?? Buffer.alloc(0), chunk]);
    const rest = withoutMarks(start);
    this.#isMarked ||= rest.length < start.length;
    this.#begin = rest.length < longestBegin ? rest : undefined;
    if (this.#begin === undefined && this.#isMarked) this.#tellMark();
    return this.#begin === undefined ? rest : Buffer.alloc(0);
  }

  #tellMark(): void {
    this.add('byte_order_mark', 'the file begins with a byte order mark, and so is no JSON: save it without one.', { line: 1, column: 1 }, true);
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
