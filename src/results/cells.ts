import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** 32-bit words in a cell, where nothing else is said. */
export const cellWords = 5;

/** Cells in a page. */
export const pageCells = 256;

/** A long array of cells of a few words each, zero at first, in memory or in a file. */
export interface Cells {
  /** Holds the words of the cell that was located last. */
  readonly words: Uint32Array;
  /** Where in `words` a cell begins, valid until the next call. `write` says that the cell is going to be changed. */
  locate(cell: number, write: boolean): number;
  close(): void;
}

/** Cells in memory, of a fixed number. */
export class MemoryCells implements Cells {
  words: Uint32Array;

  constructor(count: number) {
    this.words = new Uint32Array(count * cellWords);
  }

  locate(cell: number): number {
    return cell * cellWords;
  }

  close(): void {
    this.words = new Uint32Array(0);
  }
}

/** The size of cells in a file, and how many of them are held. */
export interface FileCellsOptions {
  /** 32-bit words in a cell. @default 5 */
  readonly words?: number;
  /** Pages of 256 cells that are held at a time. @default 4096, which is 20 MiB of cells of five words */
  readonly pages?: number;
}

/**
 * Cells in a temporary file, any number of them, through a cache of pages that maps each page to one frame: memory stays the same
 * however many there are. Cells that are visited in order cost one read and one write a page. The file is made when the first page
 * makes room for another; it has no name from the start, so that nothing is left behind even by a crash.
 */
export class FileCells implements Cells {
  readonly words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #cellWords: number;
  readonly #frames: number;
  readonly #pages: Float64Array;
  readonly #changed: Uint8Array;
  readonly #directory: string;
  #file: number | undefined;

  constructor(directory: string = tmpdir(), { words = cellWords, pages = 4096 }: FileCellsOptions = {}) {
    this.#directory = directory;
    this.#cellWords = words;
    this.#frames = pages;
    // Memory that is never touched is never taken from the system: a small table costs little, whatever its cache could hold.
    this.words = new Uint32Array(pages * pageCells * words);
    this.#bytes = new Uint8Array(this.words.buffer);
    this.#pages = new Float64Array(pages).fill(-1);
    this.#changed = new Uint8Array(pages);
  }

  locate(cell: number, write: boolean): number {
    const page = Math.floor(cell / pageCells);
    const frame = page % this.#frames;
    if (this.#pages[frame] !== page) this.#load(page, frame);
    if (write) this.#changed[frame] = 1;
    return (frame * pageCells + cell - page * pageCells) * this.#cellWords;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  get #pageBytes(): number {
    return pageCells * this.#cellWords * 4;
  }

  #load(page: number, frame: number): void {
    const start = frame * this.#pageBytes;
    const end = start + this.#pageBytes;
    const isFresh = this.#pages[frame] === -1;
    if (this.#changed[frame] === 1) this.#write(start, this.#pages[frame] ?? 0);
    const read = this.#file === undefined ? 0 : this.#read(this.#file, start, page);
    // What was never written is zero, as in memory.
    if (!isFresh || read > 0) this.#bytes.fill(0, start + read, end);
    this.#pages[frame] = page;
    this.#changed[frame] = 0;
  }

  #read(file: number, start: number, page: number): number {
    let read = 0;
    while (read < this.#pageBytes) {
      const count = readSync(file, this.#bytes, start + read, this.#pageBytes - read, page * this.#pageBytes + read);
      if (count === 0) break;
      read += count;
    }
    return read;
  }

  #write(start: number, page: number): void {
    this.#file ??= openUnnamed(this.#directory);
    let written = 0;
    while (written < this.#pageBytes) written += writeSync(this.#file, this.#bytes, start + written, this.#pageBytes - written, page * this.#pageBytes + written);
  }
}

/** A temporary file without a name: it is gone when it is closed, or the process ends. @param directory @default the system's */
export function openUnnamed(directory: string = tmpdir()): number {
  const path = join(directory, `millrace-${randomUUID()}.tmp`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}
