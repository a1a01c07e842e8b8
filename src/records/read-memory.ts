/** Bytes that are read from a file at a time. */
export const readSize = 256 * 1024;

/**
 * Memory to read a source to, again and again: one half while the other is in use. (Blocks of memory that are new each time would make the garbage
 * collector run for nothing.) For parsers that keep no bytes of what they were given.
 */
export class ReadMemory {
  readonly #halves: Buffer[] = [];
  #turn = 0;

  next(): Buffer {
    this.#turn = 1 - this.#turn;
    return (this.#halves[this.#turn] ??= Buffer.allocUnsafeSlow(readSize));
  }
}
