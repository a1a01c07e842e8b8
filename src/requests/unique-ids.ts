import { getRandomValues, randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdHasher } from '../results/id-hash.ts';
import type { IdRegister } from './request-builder.ts';
import { SeenFilter } from './seen-filter.ts';

/** 32-bit words of an entry: three of the hash, two of the value. */
const entryWords = 5;
const entryBytes = entryWords * 4;
/** A slot holds the number of an entry, from 1 on, and above it as much of the hash as there is room for; 0 if it is free. */
const numberBits = 20;
const numberMask = 2 ** numberBits - 1;
const firstBits = 12;
const maxLoad = 0.75;
/** Slots that are read at a time from a run: a search rarely goes further. */
const pageSlots = 64;

/** How much a register holds in memory, and where the rest goes. */
export interface UniqueIdsOptions {
  /** Where the temporary file goes. @default the system's temporary directory */
  readonly directory?: string;
  /** Ids that are held in memory at a time, as a power of 2, at most 20: three quarters of 2^bits. @default 19: 393,216 ids, 10 MB */
  readonly bits?: number;
}

/**
 * Tells ids that were seen before, with the value kept for the first: exact, for any number of ids, in flat memory. A 96-bit hash stands
 * for an id (see {@link IdHasher}).
 *
 * Fast because nearly every id is new. Its entry goes behind the one before it, and its number into an open-addressing table of one word each, small
 * enough for the processor's caches. When that is full, both are written to a temporary file as they stand (a *run*) and begun anew: one large
 * sequential write, nothing is ever moved or sorted. A filter of 12 bits an id says of nearly all new ids that no run has them. Only the few that it
 * is not sure of, and real duplicates, are looked up in the runs, each of which is still a table: one short read at the place where the id would be,
 * and one for its entry.
 */
export class UniqueIds implements IdRegister {
  /** What hashes are seeded with, so that they can be made elsewhere. */
  readonly seed = getRandomValues(new Uint32Array(3));
  readonly #hasher = new IdHasher(this.seed);
  readonly #directory: string;
  readonly #maxBits: number;
  readonly #seen = new SeenFilter();
  readonly #page = new Uint32Array(pageSlots);
  readonly #entry = new Uint32Array(entryWords);
  #bits: number;
  #slots: Uint32Array;
  #entries: Uint32Array;
  #count = 0;
  #runs = 0;
  #file: number | undefined;

  constructor({ directory = tmpdir(), bits = 19 }: UniqueIdsOptions = {}) {
    this.#directory = directory;
    this.#maxBits = bits;
    this.#bits = Math.min(firstBits, bits);
    this.#slots = new Uint32Array(2 ** this.#bits);
    this.#entries = new Uint32Array(roomOf(this.#bits) * entryWords);
  }

  /** The value of an id that was added before; else keeps this one, a whole number below 2^48. */
  add(id: string, value: number): number | undefined {
    this.#hasher.update(id);
    return this.addHash(this.#hasher.first, this.#hasher.second, this.#hasher.third, value);
  }

  /** The same for the hash of an id by an {@link IdHasher} with the seed of this register. */
  addHash(first: number, second: number, third: number, value: number): number | undefined {
    if (this.#count * entryWords === this.#entries.length) this.#makeRoom();
    const entries = this.#entries;
    const slot = this.#find(first, second, third);
    const number = (this.#slots[slot] ?? 0) & numberMask;
    if (number !== 0) return valueAt(entries, (number - 1) * entryWords);
    if (this.#runs > 0 && this.#seen.mayHave(first, second, third)) {
      const earlier = this.#lookUp(first, second, third);
      if (earlier !== undefined) return earlier;
    }
    const at = this.#count * entryWords;
    entries[at] = first;
    entries[at + 1] = second;
    entries[at + 2] = third;
    entries[at + 3] = value;
    entries[at + 4] = Math.floor(value / 2 ** 32);
    this.#count += 1;
    this.#slots[slot] = tagOf(second) | this.#count;
    return undefined;
  }

  /** Frees the memory and the temporary file. */
  close(): void {
    this.#slots = this.#entries = new Uint32Array(0);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #makeRoom(): void {
    if (this.#bits < this.#maxBits) this.#grow();
    else this.#writeRun();
  }

  #grow(): void {
    const old = this.#entries;
    this.#bits = Math.min(this.#maxBits, this.#bits + 2);
    this.#slots = new Uint32Array(2 ** this.#bits);
    this.#entries = new Uint32Array(roomOf(this.#bits) * entryWords);
    this.#entries.set(old);
    for (let number = 1, at = 0; number <= this.#count; number += 1, at += entryWords) {
      const second = old[at + 1] ?? 0;
      this.#slots[this.#find(old[at] ?? 0, second, old[at + 2] ?? 0)] = tagOf(second) | number;
    }
  }

  /** The slot of a hash, or the free one where it belongs. */
  #find(first: number, second: number, third: number): number {
    const slots = this.#slots;
    const tag = tagOf(second);
    const last = slots.length - 1;
    for (let slot = first >>> (32 - this.#bits); ; slot = (slot + 1) & last) {
      const word = slots[slot] ?? 0;
      if (word === 0) return slot;
      if ((word & ~numberMask) === tag && hasHash(this.#entries, ((word & numberMask) - 1) * entryWords, first, second, third)) return slot;
    }
  }

  #writeRun(): void {
    const entries = this.#entries;
    this.#seen.makeRoom(this.#count);
    for (let at = 0; at < entries.length; at += entryWords) this.#seen.add(entries[at] ?? 0, entries[at + 1] ?? 0, entries[at + 2] ?? 0);
    const start = this.#runs * (this.#slots.byteLength + entries.byteLength);
    this.#write(this.#slots, start);
    this.#write(entries, start + this.#slots.byteLength);
    this.#slots.fill(0);
    this.#runs += 1;
    this.#count = 0;
  }

  #write(words: Uint32Array, position: number): void {
    const file = (this.#file ??= openNameless(this.#directory));
    for (let written = 0; written < words.byteLength; ) written += writeSync(file, words, written, words.byteLength - written, position + written);
  }

  /** The value of a hash in one of the runs. */
  #lookUp(first: number, second: number, third: number): number | undefined {
    for (let run = 0; run < this.#runs; run += 1) {
      const found = this.#lookUpIn(run * (this.#slots.byteLength + this.#entries.byteLength), first, second, third);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #lookUpIn(start: number, first: number, second: number, third: number): number | undefined {
    const slots = this.#slots.length;
    const tag = tagOf(second);
    for (let slot = first >>> (32 - this.#bits); ; slot = slot + pageSlots >= slots ? 0 : slot + pageSlots) {
      const page = this.#page.subarray(0, slots - slot);
      this.#read(page, start + slot * 4);
      for (const word of page) {
        if (word === 0) return undefined;
        if ((word & ~numberMask) !== tag) continue;
        this.#read(this.#entry, start + this.#slots.byteLength + ((word & numberMask) - 1) * entryBytes);
        if (hasHash(this.#entry, 0, first, second, third)) return valueAt(this.#entry, 0);
      }
    }
  }

  #read(words: Uint32Array, position: number): void {
    for (let read = 0; read < words.byteLength; ) {
      const count = this.#file === undefined ? 0 : readSync(this.#file, words, read, words.byteLength - read, position + read);
      // A file that is shorter than what was written to it is not one to go on with.
      if (count === 0) throw new Error('The temporary file of ids was cut short.');
      read += count;
    }
  }
}

/** Ids that a table of 2^bits slots takes. */
function roomOf(bits: number): number {
  return Math.floor(maxLoad * 2 ** bits);
}

/** What a slot tells of a hash, above the number of the entry. */
function tagOf(second: number): number {
  return second & ~numberMask;
}

function hasHash(entries: Uint32Array, at: number, first: number, second: number, third: number): boolean {
  return entries[at] === first && entries[at + 1] === second && entries[at + 2] === third;
}

function valueAt(words: Uint32Array, at: number): number {
  return (words[at + 4] ?? 0) * 2 ** 32 + (words[at + 3] ?? 0);
}

/** A temporary file without a name, so that nothing is left behind even by a crash. */
function openNameless(directory: string): number {
  const path = join(directory, `millrace-${randomUUID()}.tmp`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}
