import { cellWords, FileCells, MemoryCells, type Cells } from './cells.ts';
import { defaultMaxInMemory, type SpillOptions } from './id-table.ts';

/** One line of a result file, as the index remembers it. */
export interface ResultEntry {
  /** Position among the files. Below 65,536. */
  readonly file: number;
  /** Byte offset. Below 2^48. */
  readonly offset: number;
  /** Bytes, without the line feed. */
  readonly length: number;
  /** 1-based. */
  readonly line: number;
  /** See `rankOf`. */
  readonly rank: number;
  /** Whether a record has asked for it. */
  readonly met: boolean;
}

const firstCount = 1024;
const rankBits = 0b11;
const metBit = 0b100;

/**
 * A growing list of result lines, 20 bytes each, in memory up to a number of them and in a temporary file from there on.
 * A cell is: offset; upper offset and file; length; line; rank and whether it was met.
 */
export class ResultEntries {
  readonly #directory: string | undefined;
  readonly #maxInMemory: number;
  #cells: Cells = new MemoryCells(firstCount);
  #capacity = firstCount;
  #size = 0;

  constructor({ directory, maxInMemory = defaultMaxInMemory }: SpillOptions = {}) {
    this.#directory = directory;
    this.#maxInMemory = maxInMemory;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an entry and returns its number. */
  append(entry: ResultEntry): number {
    if (this.#size >= this.#capacity) this.#grow();
    this.#size += 1;
    this.set(this.#size - 1, entry);
    return this.#size - 1;
  }

  get(number: number): ResultEntry {
    const at = this.#cells.locate(number, false);
    const word = (position: number): number => this.#cells.words[at + position] ?? 0;
    const flags = word(4);
    return {
      file: word(1) >>> 16,
      offset: (word(1) & 0xffff) * 2 ** 32 + word(0),
      length: word(2),
      line: word(3),
      rank: flags & rankBits,
      met: (flags & metBit) !== 0,
    };
  }

  set(number: number, { file, offset, length, line, rank, met }: ResultEntry): void {
    const at = this.#cells.locate(number, true);
    const { words } = this.#cells;
    words[at] = offset % 2 ** 32;
    words[at + 1] = Math.floor(offset / 2 ** 32) | (file << 16);
    words[at + 2] = length;
    words[at + 3] = line;
    words[at + 4] = rank | (met ? metBit : 0);
  }

  close(): void {
    this.#cells.close();
  }

  #grow(): void {
    const old = this.#cells;
    const spills = this.#size >= this.#maxInMemory;
    this.#capacity = spills ? Number.POSITIVE_INFINITY : Math.min(this.#capacity * 2, Math.max(this.#maxInMemory, this.#size + 1));
    this.#cells = spills ? new FileCells(this.#directory) : new MemoryCells(this.#capacity);
    for (let number = 0; number < this.#size; number += 1) this.#copy(old, number);
    old.close();
  }

  #copy(from: Cells, number: number): void {
    const source = from.locate(number, false);
    const target = this.#cells.locate(number, true);
    for (let word = 0; word < cellWords; word += 1) this.#cells.words[target + word] = from.words[source + word] ?? 0;
  }
}
