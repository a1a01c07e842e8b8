import { getRandomValues, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdHasher } from '../results/id-hash.ts';
import type { IdRegister } from './request-builder.ts';
import { SeenFilter } from './seen-filter.ts';

/** 32-bit words of a cell: three of the hash, two of the value. */
const cellWords = 5;
const cellBytes = cellWords * 4;
const used = 0x10000;
const firstBits = 12;
const maxLoad = 0.75;
/** Cells that are read at a time from a run: a probe rarely goes further. */
const pageCells = 64;

/** How much a register holds in memory, and where the rest goes. */
export interface UniqueIdsOptions {
  /** Where the temporary file goes. @default the system's temporary directory */
  readonly directory?: string;
  /** Ids that are held in memory at a time, as a power of 2: three quarters of 2^bits. @default 19: 393,216 ids, 10.5 MB */
  readonly bits?: number;
}

/**
 * Tells ids that were seen before, with the value kept for the first: exact, for any number of ids, in flat memory. A 96-bit hash stands
 * for an id (see {@link IdHasher}).
 *
 * Fast because nearly every id is new. They go to an open-addressing table in typed arrays that stays small enough for the processor's
 * caches. When it is full, it is written to a temporary file as it stands (a *run*) and begun anew: one large sequential write, nothing
 * is ever moved or sorted. A filter of 12 bits an id says of nearly all new ids that no run has them. Only the few that it is not sure of, and
 * real duplicates, are looked up in the runs, each of which is still a table: one short read at the place where the id would be.
 */
export class UniqueIds implements IdRegister {
  /** What hashes are seeded with, so that they can be made elsewhere. */
  readonly seed = getRandomValues(new Uint32Array(3));
  readonly #hasher = new IdHasher(this.seed);
  readonly #directory: string;
  readonly #maxBits: number;
  readonly #seen = new SeenFilter();
  readonly #page = new Uint32Array(pageCells * cellWords);
  #bits: number;
  #words: Uint32Array;
  #count = 0;
  #runs = 0;
  #file: number | undefined;

  constructor({ directory = tmpdir(), bits = 19 }: UniqueIdsOptions = {}) {
    this.#directory = directory;
    this.#maxBits = bits;
    this.#bits = Math.min(firstBits, bits);
    this.#words = new Uint32Array(cellWords << this.#bits);
  }

  /** The value of an id that was added before; else keeps this one, a whole number below 2^48. */
  add(id: string, value: number): number | undefined {
    this.#hasher.update(id);
    return this.addHash(this.#hasher.first, this.#hasher.second, this.#hasher.third, value);
  }

  /** The same for the hash of an id by an {@link IdHasher} with the seed of this register. */
  addHash(first: number, second: number, third: number, value: number): number | undefined {
    if (this.#count >= maxLoad * 2 ** this.#bits) this.#makeRoom();
    const words = this.#words;
    const at = find(words, this.#bits, first, second, third);
    if (((words[at + 4] ?? 0) & used) !== 0) return valueAt(words, at);
    if (this.#runs > 0 && this.#seen.mayHave(first, second, third)) {
      const earlier = this.#lookUp(first, second, third);
      if (earlier !== undefined) return earlier;
    }
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = third;
    words[at + 3] = value;
    words[at + 4] = used | Math.floor(value / 2 ** 32);
    this.#count += 1;
    return undefined;
  }

  /** Frees the memory and the temporary file. */
  close(): void {
    this.#words = new Uint32Array(0);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #makeRoom(): void {
    if (this.#bits < this.#maxBits) this.#grow();
    else this.#writeRun();
  }

  #grow(): void {
    const old = this.#words;
    this.#bits = Math.min(this.#maxBits, this.#bits + 2);
    this.#words = new Uint32Array(cellWords << this.#bits);
    for (let from = 0; from < old.length; from += cellWords) {
      if (((old[from + 4] ?? 0) & used) === 0) continue;
      const to = find(this.#words, this.#bits, old[from] ?? 0, old[from + 1] ?? 0, old[from + 2] ?? 0);
      for (let word = 0; word < cellWords; word += 1) this.#words[to + word] = old[from + word] ?? 0;
    }
  }

  #writeRun(): void {
    const words = this.#words;
    this.#seen.makeRoom(this.#count);
    for (let at = 0; at < words.length; at += cellWords) {
      if (((words[at + 4] ?? 0) & used) !== 0) this.#seen.add(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0);
    }
    const file = (this.#file ??= openNameless(this.#directory));
    const bytes = new Uint8Array(words.buffer);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written, bytes.length - written, this.#runs * bytes.length + written);
    words.fill(0);
    this.#runs += 1;
    this.#count = 0;
  }

  /** The value of a hash in one of the runs. */
  #lookUp(first: number, second: number, third: number): number | undefined {
    for (let run = 0; run < this.#runs; run += 1) {
      const found = this.#lookUpIn(run, first, second, third);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #lookUpIn(run: number, first: number, second: number, third: number): number | undefined {
    const cells = 2 ** this.#bits;
    const page = this.#page;
    for (let cell = first >>> (32 - this.#bits); ; cell = cell + pageCells >= cells ? 0 : cell + pageCells) {
      const count = Math.min(pageCells, cells - cell);
      this.#readPage((run * cells + cell) * cellBytes, count * cellBytes);
      for (let at = 0; at < count * cellWords; at += cellWords) {
        if (((page[at + 4] ?? 0) & used) === 0) return undefined;
        if (page[at] === first && page[at + 1] === second && page[at + 2] === third) return valueAt(page, at);
      }
    }
  }

  #readPage(position: number, length: number): void {
    const bytes = new Uint8Array(this.#page.buffer, 0, length);
    for (let read = 0; read < length; ) {
      const count = this.#file === undefined ? 0 : readSync(this.#file, bytes, read, length - read, position + read);
      // A file that is shorter than what was written to it is not one to go on with.
      if (count === 0) throw new Error('The temporary file of ids was cut short.');
      read += count;
    }
  }
}

/** Where a hash stands in a table of cells, or the free cell where it belongs. */
function find(words: Uint32Array, bits: number, first: number, second: number, third: number): number {
  for (let at = (first >>> (32 - bits)) * cellWords; ; at += cellWords) {
    if (at >= words.length) at = 0;
    if (((words[at + 4] ?? 0) & used) === 0 || (words[at] === first && words[at + 1] === second && words[at + 2] === third)) return at;
  }
}

function valueAt(words: Uint32Array, at: number): number {
  return ((words[at + 4] ?? 0) & 0xffff) * 2 ** 32 + (words[at + 3] ?? 0);
}

/** A temporary file without a name, so that nothing is left behind even by a crash. */
function openNameless(directory: string): number {
  const path = join(directory, `millrace-${randomUUID()}.tmp`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}
