import { FileCells } from './cells.ts';
import type { ScannedParts } from './line-scanner.ts';

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
 * Words of a line: lower half of the position; upper half of it, and above that the shape, counted from 1, or 0 for a line that must be
 * parsed; length; line; start and length of the span; five counts, each plus 1.
 */
export const lineWords = 11;

/** Where a line begins, by its words from an index on. */
export function positionIn(words: Uint32Array, at: number): number {
  return ((words[at + 1] ?? 0) & 0xffff) * 2 ** 32 + (words[at] ?? 0);
}

/** Reads what was scanned of a line. @returns false if it must be parsed */
export function readParts(words: Uint32Array, at: number, parts: ScannedParts): boolean {
  const shape = (words[at + 1] ?? 0) >>> 16;
  if (shape === 0) return false;
  parts.shape = shape - 1;
  parts.spanStart = words[at + 4] ?? 0;
  parts.spanLength = words[at + 5] ?? 0;
  parts.inputTokens = (words[at + 6] ?? 0) - 1;
  parts.outputTokens = (words[at + 7] ?? 0) - 1;
  parts.cachedTokens = (words[at + 8] ?? 0) - 1;
  parts.cacheWriteTokens = (words[at + 9] ?? 0) - 1;
  parts.reasoningTokens = (words[at + 10] ?? 0) - 1;
  return true;
}

/**
 * The lines of all files in the order they were read, with what was scanned of them: 44 bytes each, in a temporary file but for the part
 * that is in use. Records that are joined in the order of the lines read it from front to back.
 */
export class LineList {
  readonly #cells: FileCells;
  #length = 0;

  /** @param pages that are held in memory, of 11 KiB each */
  constructor(directory: string | undefined, pages: number) {
    this.#cells = new FileCells(directory, { words: lineWords, pages });
  }

  /** Number of lines. */
  get length(): number {
    return this.#length;
  }

  /** Adds a line. @param parts `undefined` for one that must be parsed @returns its number */
  append({ position, length, line }: LinePlace, parts: ScannedParts | undefined): number {
    const number = this.#length;
    this.#length += 1;
    const at = this.#cells.locate(number, true);
    const cells = this.#cells.words;
    const shape = parts === undefined ? 0 : parts.shape + 1;
    cells[at] = position % 2 ** 32;
    cells[at + 1] = Math.floor(position / 2 ** 32) | (shape << 16);
    cells[at + 2] = length;
    cells[at + 3] = line;
    if (parts === undefined) return number;
    cells[at + 4] = parts.spanStart;
    cells[at + 5] = parts.spanLength;
    cells[at + 6] = parts.inputTokens + 1;
    cells[at + 7] = parts.outputTokens + 1;
    cells[at + 8] = parts.cachedTokens + 1;
    cells[at + 9] = parts.cacheWriteTokens + 1;
    cells[at + 10] = parts.reasoningTokens + 1;
    return number;
  }

  place(number: number): LinePlace {
    const at = this.#cells.locate(number, false);
    const cells = this.#cells.words;
    return { position: positionIn(cells, at), length: cells[at + 2] ?? 0, line: cells[at + 3] ?? 0 };
  }

  /** Where a line begins. */
  positionOf(number: number): number {
    return positionIn(this.#cells.words, this.#cells.locate(number, false));
  }

  /** Reads what was scanned of a line. @returns false if it must be parsed */
  readParts(number: number, parts: ScannedParts): boolean {
    return readParts(this.#cells.words, this.#cells.locate(number, false), parts);
  }

  /** The words of some lines that follow each other, valid until the next call. @param first number of a line, a multiple of `count` @param count a power of two up to 256 */
  wordsOf(first: number, count: number): Uint32Array {
    const at = this.#cells.locate(first, false);
    return this.#cells.words.subarray(at, at + Math.min(count, this.#length - first) * lineWords);
  }

  /** Frees the temporary file. */
  close(): void {
    this.#cells.close();
  }
}
