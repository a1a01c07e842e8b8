import { FileCells, pageCells } from './cells.ts';
import { IdHasher } from './id-hash.ts';
import type { SpillOptions } from './id-table.ts';
import type { ScannedParts } from './line-scanner.ts';
import { SegmentFilter } from './segment-filter.ts';

/** Where a line is. */
export interface LinePlace {
  /** Byte position, counted through all files. Below 2^48. */
  readonly position: number;
  /** Bytes, without the line feed. At least 1. */
  readonly length: number;
  /** 1-based, in its file. */
  readonly line: number;
}

/**
 * Words of a cell: two of the hash; 16 bits more of it and the upper half of the position; its lower half; length; line; who met it; the
 * shape, counted from 1, 0 for a line that must be parsed; the start and length of the span; five counts, each plus 1.
 */
const words = 15;
const maxLoad = 0.75;
const fewestCells = 256;
const mostCells = 65_536;
/** 21 MB. */
const defaultMaxInMemory = 262_144;
/** Bytes a line is taken to have: a guess, it only decides how small the segments of a small table are. */
const typicalLine = 512;
/** Bytes: files of shorter lines than this use the temporary file earlier than they need. */
const shortestLine = 64;
/** `metAt` of a line that was asked for by nobody in particular. */
export const metByAnyone = 0xffffffff;

/**
 * A table from ids to places of lines, made for ids that are asked for roughly as they were added: by the shard, in any order inside it.
 *
 * What is fast and why: the table is a row of segments of 49,152 lines, filled one after the other. Each is an open hash table of 60 bytes
 * a cell, so a stretch of records finds all it wants in one or two segments: 4 MB that stay in the few pages of the temporary file that
 * are held ({@link FileCells}). A cell also has what was read of the line, so that it need not be read a second time for it. A filter says which segments to look into ({@link SegmentFilter}). In
 * memory are 21 MB of cells and 3 bytes a line of filter, however many lines there are; an order that is random over all segments costs a
 * small read a line. Of the id an 80-bit hash is kept: among 50 million ids two agree with a chance of 10^-9.
 */
export class LineTable {
  readonly #hasher = new IdHasher();
  readonly #cells: FileCells;
  readonly #filter: SegmentFilter;
  readonly #segmentCells: number;
  readonly #shift: number;
  #segments = 1;
  #lastSegment = 0;
  #inSegment = 0;
  #size = 0;

  /** @param bytes of all files, about: small files get a small table */
  constructor(bytes: number, { directory, maxInMemory = defaultMaxInMemory }: SpillOptions = {}) {
    const bits = Math.ceil(Math.log2(Math.min(mostCells, Math.max(fewestCells, bytes / typicalLine / maxLoad))));
    this.#segmentCells = 2 ** bits;
    this.#shift = 32 - bits;
    this.#filter = new SegmentFilter(this.#segmentCells);
    const pages = Math.ceil(Math.min(maxInMemory, Math.max(fewestCells, bytes / shortestLine)) / maxLoad / pageCells);
    this.#cells = new FileCells(directory, { words, pages: Math.max(2, pages) });
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

  /** Adds the id that was looked for last, and not found. */
  addMissed(place: LinePlace, parts: ScannedParts | undefined): void {
    if (this.#inSegment >= maxLoad * this.#segmentCells) this.#nextSegment();
    const { first, second, third } = this.#hasher;
    const base = (this.#segments - 1) * this.#segmentCells;
    const at = this.#cells.locate(base + this.#freeIn(base, first), true);
    const cells = this.#cells.words;
    cells[at] = first;
    cells[at + 1] = second;
    cells[at + 2] = third << 16;
    this.#write(at, place, parts);
    if (this.#segments > 1) this.#filter.add(first, second, this.#segments - 1);
    this.#inSegment += 1;
    this.#size += 1;
  }

  /** Gives an id another line; nobody has asked for that one yet. */
  replace(cell: number, place: LinePlace, parts: ScannedParts | undefined): void {
    this.#write(this.#cells.locate(cell, true), place, parts);
  }

  /** Reads what was scanned of a line. @returns false if it must be parsed */
  readParts(cell: number, parts: ScannedParts): boolean {
    const at = this.#cells.locate(cell, false);
    const cells = this.#cells.words;
    parts.shape = (cells[at + 7] ?? 0) - 1;
    parts.spanStart = cells[at + 8] ?? 0;
    parts.spanLength = cells[at + 9] ?? 0;
    parts.inputTokens = (cells[at + 10] ?? 0) - 1;
    parts.outputTokens = (cells[at + 11] ?? 0) - 1;
    parts.cachedTokens = (cells[at + 12] ?? 0) - 1;
    parts.cacheWriteTokens = (cells[at + 13] ?? 0) - 1;
    parts.reasoningTokens = (cells[at + 14] ?? 0) - 1;
    return parts.shape >= 0;
  }

  place(cell: number): LinePlace {
    const at = this.#cells.locate(cell, false);
    const cells = this.#cells.words;
    return { position: positionAt(cells, at), length: cells[at + 4] ?? 0, line: cells[at + 5] ?? 0 };
  }

  /** Who asked for a line first: a number that `meet` was given, 0 for nobody. */
  metAt(cell: number): number {
    return this.#cells.words[this.#cells.locate(cell, false) + 6] ?? 0;
  }

  /** Notes who asked for a line. @param by a whole number from 1 to 2^32 - 1 */
  meet(cell: number, by: number): void {
    this.#cells.words[this.#cells.locate(cell, true) + 6] = by;
  }

  /** The places of lines that nobody asked for, in the order they were added. */
  *unmet(): Generator<LinePlace, void, undefined> {
    for (let segment = 0; segment < this.#segments; segment += 1) {
      const places: LinePlace[] = [];
      for (let cell = segment * this.#segmentCells; cell < (segment + 1) * this.#segmentCells; cell += 1) {
        const at = this.#cells.locate(cell, false);
        if (this.#isUsed(at) && this.#cells.words[at + 6] === 0) places.push(this.place(cell));
      }
      yield* places.toSorted((a, b) => a.position - b.position);
    }
  }

  /** Frees the temporary file. */
  close(): void {
    this.#cells.close();
  }

  #findIn(segment: number): number {
    const { first, second, third } = this.#hasher;
    const base = segment * this.#segmentCells;
    const last = this.#segmentCells - 1;
    const tag = third & 0xffff;
    for (let cell = first >>> this.#shift; ; cell = cell === last ? 0 : cell + 1) {
      const at = this.#cells.locate(base + cell, false);
      const { words: cells } = this.#cells;
      if (cells[at + 4] === 0) return -1;
      if (cells[at] === first && cells[at + 1] === second && (cells[at + 2] ?? 0) >>> 16 === tag) return base + cell;
    }
  }

  #freeIn(base: number, first: number): number {
    const last = this.#segmentCells - 1;
    let cell = first >>> this.#shift;
    while (this.#isUsed(this.#cells.locate(base + cell, false))) cell = cell === last ? 0 : cell + 1;
    return cell;
  }

  #isUsed(at: number): boolean {
    return this.#cells.words[at + 4] !== 0;
  }

  #write(at: number, { position, length, line }: LinePlace, parts: ScannedParts | undefined): void {
    const { words: cells } = this.#cells;
    cells[at + 2] = (((cells[at + 2] ?? 0) & 0xffff0000) | Math.floor(position / 2 ** 32)) >>> 0;
    cells[at + 3] = position % 2 ** 32;
    cells[at + 4] = length;
    cells[at + 5] = line;
    cells[at + 6] = 0;
    cells[at + 7] = parts === undefined ? 0 : parts.shape + 1;
    if (parts === undefined) return;
    cells[at + 8] = parts.spanStart;
    cells[at + 9] = parts.spanLength;
    cells[at + 10] = parts.inputTokens + 1;
    cells[at + 11] = parts.outputTokens + 1;
    cells[at + 12] = parts.cachedTokens + 1;
    cells[at + 13] = parts.cacheWriteTokens + 1;
    cells[at + 14] = parts.reasoningTokens + 1;
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

function positionAt(cells: Uint32Array, at: number): number {
  return ((cells[at + 2] ?? 0) & 0xffff) * 2 ** 32 + (cells[at + 3] ?? 0);
}
