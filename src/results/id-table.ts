import { cellWords, FileCells, MemoryCells, type Cells } from './cells.ts';
import { IdHasher } from './id-hash.ts';

const firstBits = 10;
const maxLoad = 0.75;
const used = 0x10000;
const maxValue = 2 ** 48 - 1;

/** How much a table of ids may hold in memory, and where the rest goes. */
export interface SpillOptions {
  /**
   * Where the temporary file goes.
   * @default the system's temporary directory
   */
  readonly directory?: string;
  /**
   * Number of ids held in memory; past it everything is in a file, with 20 MiB of it cached.
   * @default 1,500,000 (42 MB)
   */
  readonly maxInMemory?: number;
}

export const defaultMaxInMemory = 1_500_000;

/**
 * A table from ids to whole numbers below 2^48, for many millions of ids: 20 bytes a slot, none of it an object. It keeps a 96-bit hash
 * in place of the id ({@link IdHasher}). Slots stand in the order of their hashes, so growing passes once over the old and the new table.
 *
 * @example
 * const seen = new IdTable();
 * const earlier = seen.add(customId, record.index); // undefined, or the index of the record that had this id first
 */
export class IdTable {
  readonly #hasher = new IdHasher();
  readonly #directory: string | undefined;
  readonly #maxInMemory: number;
  #cells: Cells = new MemoryCells(2 ** firstBits);
  #bits = firstBits;
  #inMemory = true;
  #size = 0;

  constructor({ directory, maxInMemory = defaultMaxInMemory }: SpillOptions = {}) {
    this.#directory = directory;
    this.#maxInMemory = maxInMemory;
  }

  /** Number of ids. */
  get size(): number {
    return this.#size;
  }

  /** The value of an id. */
  get(id: string): number | undefined {
    this.#hasher.update(id);
    const at = this.#cells.locate(this.#find(), false);
    return this.#isUsed(at) ? this.#valueAt(at) : undefined;
  }

  /** Gives an id a value, whether it has one or not. `value` is a whole number from 0 to 2^48 - 1. */
  set(id: string, value: number): void {
    this.#makeRoom();
    this.#hasher.update(id);
    this.#put(this.#find(), value);
  }

  /** Gives an id a value unless it has one: then that one stays, and is returned. */
  add(id: string, value: number): number | undefined {
    this.#makeRoom();
    this.#hasher.update(id);
    const cell = this.#find();
    const at = this.#cells.locate(cell, false);
    if (this.#isUsed(at)) return this.#valueAt(at);
    this.#put(cell, value);
    return undefined;
  }

  /** Frees the memory and the temporary file. */
  close(): void {
    this.#cells.close();
  }

  /** The cell that holds the last hash, or the free one where it belongs. */
  #find(): number {
    const { first, second, third } = this.#hasher;
    const last = 2 ** this.#bits - 1;
    for (let cell = first >>> (32 - this.#bits); ; cell = cell === last ? 0 : cell + 1) {
      const at = this.#cells.locate(cell, false);
      const { words } = this.#cells;
      if (!this.#isUsed(at) || (words[at] === first && words[at + 1] === second && words[at + 2] === third)) return cell;
    }
  }

  #put(cell: number, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > maxValue) throw new RangeError(`A value must be a whole number from 0 to ${maxValue}, not ${value}.`);
    const at = this.#cells.locate(cell, true);
    const { words } = this.#cells;
    if (!this.#isUsed(at)) this.#size += 1;
    words[at] = this.#hasher.first;
    words[at + 1] = this.#hasher.second;
    words[at + 2] = this.#hasher.third;
    words[at + 3] = value % 2 ** 32;
    words[at + 4] = used | Math.floor(value / 2 ** 32);
  }

  #isUsed(at: number): boolean {
    return ((this.#cells.words[at + 4] ?? 0) & used) !== 0;
  }

  #valueAt(at: number): number {
    const { words } = this.#cells;
    return ((words[at + 4] ?? 0) & 0xffff) * 2 ** 32 + (words[at + 3] ?? 0);
  }

  /** Doubles a table that is full; moves it to a file past the number of ids that memory may hold. */
  #makeRoom(): void {
    const isFull = this.#size >= maxLoad * 2 ** this.#bits;
    const mustSpill = this.#inMemory && this.#size >= this.#maxInMemory;
    if (isFull || mustSpill) this.#rebuild(isFull ? this.#bits + 1 : this.#bits, this.#inMemory && !mustSpill);
  }

  #rebuild(bits: number, inMemory: boolean): void {
    const old = this.#cells;
    const count = 2 ** this.#bits;
    this.#cells = inMemory ? new MemoryCells(2 ** bits) : new FileCells(this.#directory);
    this.#bits = bits;
    this.#inMemory = inMemory;
    for (let cell = 0; cell < count; cell += 1) this.#move(old, old.locate(cell, false));
    old.close();
  }

  #move(from: Cells, at: number): void {
    if (((from.words[at + 4] ?? 0) & used) === 0) return;
    const last = 2 ** this.#bits - 1;
    let cell = (from.words[at] ?? 0) >>> (32 - this.#bits);
    while (this.#isUsed(this.#cells.locate(cell, false))) cell = cell === last ? 0 : cell + 1;
    const to = this.#cells.locate(cell, true);
    for (let word = 0; word < cellWords; word += 1) this.#cells.words[to + word] = from.words[at + word] ?? 0;
  }
}
