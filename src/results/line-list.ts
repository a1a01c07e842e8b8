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
const words = 11;

/**
 * The lines of all files in the order they were read, with what was scanned of them: 44 bytes each, in a temporary file but for the part
 * that is in use. Records that are joined in the order of the lines read it from front to back.
 */
export class LineList {
  readonly #cells: FileCells;
  #length = 0;

  /** @param pages that are held in memory, of 11 KiB each */
  constructor(directory: string | undefined, pages: number) {
    this.#cells = new FileCells(directory, { words, pages });
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
    return { position: ((cells[at + 1] ?? 0) & 0xffff) * 2 ** 32 + (cells[at] ?? 0), length: cells[at + 2] ?? 0, line: cells[at + 3] ?? 0 };
  }

  /** Where a line begins. */
  positionOf(number: number): number {
    const at = this.#cells.locate(number, false);
    return ((this.#cells.words[at + 1] ?? 0) & 0xffff) * 2 ** 32 + (this.#cells.words[at] ?? 0);
  }

  /** Reads what was scanned of a line. @returns false if it must be parsed */
  readParts(number: number, parts: ScannedParts): boolean {
    const at = this.#cells.locate(number, false);
    const cells = this.#cells.words;
    const shape = (cells[at + 1] ?? 0) >>> 16;
    if (shape === 0) return false;
    parts.shape = shape - 1;
    parts.spanStart = cells[at + 4] ?? 0;
    parts.spanLength = cells[at + 5] ?? 0;
    parts.inputTokens = (cells[at + 6] ?? 0) - 1;
    parts.outputTokens = (cells[at + 7] ?? 0) - 1;
    parts.cachedTokens = (cells[at + 8] ?? 0) - 1;
    parts.cacheWriteTokens = (cells[at + 9] ?? 0) - 1;
    parts.reasoningTokens = (cells[at + 10] ?? 0) - 1;
    return true;
  }

  /** Frees the temporary file. */
  close(): void {
    this.#cells.close();
  }
}
