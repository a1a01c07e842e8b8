import { FileCells, pageCells } from './cells.ts';
import { IdHasher } from './id-hash.ts';
import type { SpillOptions } from './id-table.ts';
import { LineList, type LinePlace } from './line-list.ts';
import type { ScannedParts } from './line-scanner.ts';
import { SegmentFilter } from './segment-filter.ts';

/** Words of a cell: three of the hash; the number of the line, counted from 1; who met it. */
const words = 5;
const maxLoad = 0.75;
const fewestCells = 256;
const mostCells = 65_536;
/** 9 MB: two shards and more. */
const defaultMaxInMemory = 131_072;
/** Bytes a line is taken to have: a guess, it only decides how small the segments of a small table are. */
const typicalLine = 512;
/** Bytes: files of shorter lines than this use the temporary file earlier than they need. */
const shortestLine = 64;
/** `askedBy` of a line that was asked for by nobody in particular. */
export const metByAnyone = 0xffffffff;

/**
 * A table from ids to lines, made for ids that are asked for roughly as they were added: by the shard, in any order inside it.
 *
 * What is fast and why: the table is a row of segments of 49,152 ids, filled one after the other. Each is an open hash table of 20 bytes a
 * cell, so a stretch of records finds all it wants in one or two segments: 1.3 MB that stay in the processor's cache, and in the few pages
 * of the temporary file that are held ({@link FileCells}). A filter says which segments to look into ({@link SegmentFilter}). The lines
 * themselves stand in a list in the order they were read ({@link LineList}), which is the order they are wanted in again. In memory are
 * 9 MB of both and 3 bytes a line of filter, however many lines there are; an order that is random over all segments costs a small read a
 * line. Of the id a 96-bit hash is kept ({@link IdHasher}).
 */
export class LineTable {
  readonly lines: LineList;
  readonly #hasher = new IdHasher();
  readonly #cells: FileCells;
  readonly #filter: SegmentFilter;
  readonly #segmentCells: number;
  readonly #shift: number;
  #segments = 1;
  #lastSegment = 0;
  #inSegment = 0;
  #size = 0;
  /** Who had asked before for the line that was asked for last; 0 for nobody. */
  askedBy = 0;

  /** @param bytes of all files, about: small files get a small table */
  constructor(bytes: number, { directory, maxInMemory = defaultMaxInMemory }: SpillOptions = {}) {
    const bits = Math.ceil(Math.log2(Math.min(mostCells, Math.max(fewestCells, bytes / typicalLine / maxLoad))));
    this.#segmentCells = 2 ** bits;
    this.#shift = 32 - bits;
    this.#filter = new SegmentFilter(this.#segmentCells);
    const pages = Math.max(2, Math.ceil(Math.min(maxInMemory, Math.max(fewestCells, bytes / shortestLine)) / pageCells));
    this.#cells = new FileCells(directory, { words, pages: Math.ceil(pages / maxLoad) });
    this.lines = new LineList(directory, pages);
  }

  /** Number of ids. */
  get size(): number {
    return this.#size;
  }

  /** The cell of an id, in byte text; -1 if it has none. The segment that had the id before is looked into first. */
  get(id: string): number {
    this.#hasher.update(id);
    const cell = this.#findIn(this.#lastSegment);
    return cell === -1 && this.#segments > 1 ? this.#findAnywhere() : cell;
  }

  /** The same, for an id that is likely to have none and may be added then. */
  find(id: string): number {
    this.#hasher.update(id);
    return this.#segments === 1 ? this.#findIn(0) : this.#findAnywhere();
  }

  /** The same, for an id that was hashed elsewhere, with the `seed` of this table. */
  findHashed(first: number, second: number, third: number): number {
    this.#hasher.first = first;
    this.#hasher.second = second;
    this.#hasher.third = third;
    return this.#segments === 1 ? this.#findIn(0) : this.#findAnywhere();
  }

  /** Of the hashes of ids. */
  get seed(): Uint32Array {
    return this.#hasher.seed;
  }

  /** Adds the id that was looked for last, and not found. */
  addMissed(place: LinePlace, parts: ScannedParts | undefined): void {
    if (this.#inSegment >= maxLoad * this.#segmentCells) this.#nextSegment();
    const { first, second, third } = this.#hasher;
    const base = (this.#segments - 1) * this.#segmentCells;
    const at = this.#cells.locate(base + this.#freeIn(base, first), true);
    const cells = this.#cells.words;
    cells[at] = first;
    cells[at + 1] = second;
    cells[at + 2] = third;
    cells[at + 3] = this.lines.append(place, parts) + 1;
    cells[at + 4] = 0;
    if (this.#segments > 1) this.#filter.add(first, second, this.#segments - 1);
    this.#inSegment += 1;
    this.#size += 1;
  }

  /** Gives an id another line; nobody has asked for that one yet. */
  replace(cell: number, place: LinePlace, parts: ScannedParts | undefined): void {
    const at = this.#cells.locate(cell, true);
    this.#cells.words[at + 3] = this.lines.append(place, parts) + 1;
    this.#cells.words[at + 4] = 0;
  }

  /** The number of a line in the list. */
  lineAt(cell: number): number {
    return (this.#cells.words[this.#cells.locate(cell, false) + 3] ?? 0) - 1;
  }

  /**
   * The number of the line of an id, and notes who asks for it, unless somebody in particular did so before: see `askedBy`.
   *
   * @param by a whole number from 1 to 2^32 - 2, or `metByAnyone` @returns -1 for an id that has no line
   */
  ask(id: string, by: number): number {
    const cell = this.get(id);
    if (cell === -1) return -1;
    const at = this.#cells.locate(cell, true);
    const cells = this.#cells.words;
    this.askedBy = cells[at + 4] ?? 0;
    if (this.askedBy === 0 || this.askedBy === metByAnyone) cells[at + 4] = by;
    return (cells[at + 3] ?? 0) - 1;
  }

  /** The places of lines that nobody asked for, in the order they were added. */
  *unmet(): Generator<LinePlace, void, undefined> {
    for (let segment = 0; segment < this.#segments; segment += 1) {
      const numbers: number[] = [];
      for (let cell = segment * this.#segmentCells; cell < (segment + 1) * this.#segmentCells; cell += 1) {
        const at = this.#cells.locate(cell, false);
        if (this.#isUsed(at) && this.#cells.words[at + 4] === 0) numbers.push((this.#cells.words[at + 3] ?? 0) - 1);
      }
      for (const number of numbers.toSorted((a, b) => a - b)) yield this.lines.place(number);
    }
  }

  /** Frees the temporary files. */
  close(): void {
    this.#cells.close();
    this.lines.close();
  }

  #findAnywhere(): number {
    for (let plane = 0; plane < this.#filter.planes; plane += 1) {
      let bits = this.#filter.candidates(this.#hasher.first, this.#hasher.second, plane);
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits);
        const segment = plane * 32 + bit;
        const cell = this.#findIn(segment);
        if (cell !== -1) {
          this.#lastSegment = segment;
          return cell;
        }
        bits &= ~(1 << bit);
      }
    }
    return -1;
  }

  #findIn(segment: number): number {
    const { first, second, third } = this.#hasher;
    const base = segment * this.#segmentCells;
    const last = this.#segmentCells - 1;
    for (let cell = first >>> this.#shift; ; cell = cell === last ? 0 : cell + 1) {
      const at = this.#cells.locate(base + cell, false);
      const { words: cells } = this.#cells;
      if (cells[at + 3] === 0) return -1;
      if (cells[at] === first && cells[at + 1] === second && cells[at + 2] === third) return base + cell;
    }
  }

  #freeIn(base: number, first: number): number {
    const last = this.#segmentCells - 1;
    let cell = first >>> this.#shift;
    while (this.#isUsed(this.#cells.locate(base + cell, false))) cell = cell === last ? 0 : cell + 1;
    return cell;
  }

  #isUsed(at: number): boolean {
    return this.#cells.words[at + 3] !== 0;
  }

  /** A single segment needs no filter; it is made when there are two. */
  #nextSegment(): void {
    if (this.#segments === 1) {
      for (let cell = 0; cell < this.#segmentCells; cell += 1) {
        const at = this.#cells.locate(cell, false);
        if (this.#isUsed(at)) this.#filter.add(this.#cells.words[at] ?? 0, this.#cells.words[at + 1] ?? 0, 0);
      }
    }
    this.#segments += 1;
    this.#inSegment = 0;
  }
}
