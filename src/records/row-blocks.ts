/** Bytes that are scanned at a time: strings of this size still lie in V8's young generation. */
export const windowBytes = 64 * 1024;

/**
 * Cuts the bytes of a source, which come in chunks, into blocks of whole rows. What is left of a chunk is held until the next one; a long row is
 * looked at anew only when it has doubled, so that time stays linear. At the first row that cannot be read this way the bytes from there
 * on are given back, for another reader to go on with.
 */
export abstract class RowBlocks<Block> {
  readonly #maxRecordBytes: number;
  /** The bytes since the start of the row that is not yet whole. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Less than this is not worth looking at. */
  #enough = 0;
  /** The line of the first byte that is not in a block yet. */
  line: number;
  /** The bytes from the first row on that cannot be read this way, once it is met; then nothing more is read. */
  odd: Buffer | undefined;

  constructor(line: number, maxRecordBytes: number) {
    this.line = line;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** The rows that end in a chunk; with `isLast`, the last row too. */
  *read(chunk: Buffer, isLast: boolean): Generator<Block, void, undefined> {
    const length = this.#heldBytes + chunk.length;
    if (!isLast && length < this.#enough && length <= this.#maxRecordBytes) return this.#hold(chunk);
    const [bytes, start] = this.#isSeam(chunk) ? yield* this.#readSeam(chunk) : [this.#joined(chunk), 0];
    const from = this.odd === undefined ? yield* this.scan(bytes, start, isLast) : start;
    this.#held = [];
    this.#heldBytes = 0;
    const rest = bytes.subarray(from);
    if (this.odd !== undefined || rest.length > this.#maxRecordBytes) this.odd = Buffer.from(rest);
    else this.#hold(rest);
    this.#enough = from === 0 ? rest.length * 2 : 0;
  }

  /** Takes back the bytes that are not in a block yet. */
  release(): Buffer {
    const rest = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return rest;
  }

  /** False while the rows cannot be told apart yet, because a header is missing. */
  protected abstract readonly isReady: boolean;

  /** Gives the whole rows from an offset on; returns the offset behind the last one, and sets `odd` if what follows cannot be read. */
  protected abstract scan(bytes: Buffer, from: number, isLast: boolean): Generator<Block, number, undefined>;

  #hold(bytes: Buffer): void {
    // A copy: what it was read to may be used again.
    if (bytes.length > 0) this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
  }

  #joined(chunk: Buffer): Buffer {
    return this.#held.length === 0 ? chunk : Buffer.concat([...this.#held, chunk]);
  }

  /** True if it saves copying to read the row that the chunk ends apart from the rest of it. */
  #isSeam(chunk: Buffer): boolean {
    return this.#held.length > 0 && this.isReady && chunk.length > windowBytes;
  }

  /** Reads what is held together with the first window of a chunk; returns bytes, and from where on to go on. */
  *#readSeam(chunk: Buffer): Generator<Block, [Buffer, number], undefined> {
    const held = this.#heldBytes;
    const end = yield* this.scan(this.#joined(chunk.subarray(0, windowBytes)), 0, false);
    return end < held ? [this.#joined(chunk), end] : [chunk, end - held];
  }
}
