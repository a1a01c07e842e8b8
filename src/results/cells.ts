import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** 32-bit words in a cell. */
export const cellWords = 5;

const pageCells = 256;
const pageWords = pageCells * cellWords;
const pageBytes = pageWords * 4;
/** Pages of a file that are held at a time: 4,096 of 5 KiB, 20 MiB. */
const frames = 4096;

/** A long array of cells of five words, zero at first, in memory or in a file. */
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

/**
 * Cells in a temporary file, any number of them, through a cache of pages that maps each page to one frame: memory stays the same
 * however many there are. Cells that are visited in order cost one read and one write a page. The file has no name from the start,
 * so that nothing is left behind even by a crash.
 */
export class FileCells implements Cells {
  readonly words = new Uint32Array(frames * pageWords);
  readonly #bytes = new Uint8Array(this.words.buffer);
  readonly #pages = new Float64Array(frames).fill(-1);
  readonly #changed = new Uint8Array(frames);
  readonly #file: number;

  constructor(directory: string = tmpdir()) {
    const path = join(directory, `millrace-${randomUUID()}.tmp`);
    this.#file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
  }

  locate(cell: number, write: boolean): number {
    const page = Math.floor(cell / pageCells);
    const frame = page % frames;
    if (this.#pages[frame] !== page) this.#load(page, frame);
    if (write) this.#changed[frame] = 1;
    return frame * pageWords + (cell - page * pageCells) * cellWords;
  }

  close(): void {
    closeSync(this.#file);
  }

  #load(page: number, frame: number): void {
    const start = frame * pageBytes;
    if (this.#changed[frame] === 1) this.#write(start, this.#pages[frame] ?? 0);
    let read = 0;
    while (read < pageBytes) {
      const count = readSync(this.#file, this.#bytes, start + read, pageBytes - read, page * pageBytes + read);
      if (count === 0) break;
      read += count;
    }
    // What was never written is zero, as in memory.
    this.#bytes.fill(0, start + read, start + pageBytes);
    this.#pages[frame] = page;
    this.#changed[frame] = 0;
  }

  #write(start: number, page: number): void {
    let written = 0;
    while (written < pageBytes) written += writeSync(this.#file, this.#bytes, start + written, pageBytes - written, page * pageBytes + written);
  }
}
