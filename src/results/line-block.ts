import { isUtf8 } from 'node:buffer';
import { maxScannedBytes } from './line-scanner.ts';

/** Bytes of whole lines, and their text if anybody asks for it: for lines that are vectors nobody does. */
export class LineBlock {
  readonly bytes: Buffer;
  #text: string | undefined;
  #isRead = false;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Byte text of the block; `undefined` where it is not valid UTF-8, or too long: then its lines are parsed. */
  get text(): string | undefined {
    if (this.#isRead) return this.#text;
    this.#isRead = true;
    if (this.bytes.length <= maxScannedBytes && isUtf8(this.bytes)) this.#text = this.bytes.toString('latin1');
    return this.#text;
  }
}
