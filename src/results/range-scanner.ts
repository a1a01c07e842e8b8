import type { LineScanner } from './line-scanner.ts';
import type { ResultFiles } from './result-files.ts';
import { WindowScanner, windowsOf } from './window-scanner.ts';

/** Bytes of a file that are given to a thread at a time. */
const rangeBytes = 1024 * 1024;
/** Bytes that are read behind a range, for the line in which it ends. */
const extraBytes = 64 * 1024;
const lineFeed = 0x0a;

/** Bytes of a file, from one position to another. */
export interface FileRange {
  readonly file: number;
  readonly from: number;
  readonly to: number;
  /** Of the file. */
  readonly size: number;
}

/** The ranges of all files; an empty one for a file that is small, or cannot be read. */
export function* fileRanges(files: Pick<ResultFiles, 'count' | 'sizeOf'>): Generator<FileRange, void, undefined> {
  for (let file = 0; file < files.count; file += 1) {
    const size = files.sizeOf(file);
    if (size < rangeBytes) yield { file, from: 0, to: 0, size };
    else for (let from = 0; from < size; from += rangeBytes) yield { file, from, to: Math.min(size, from + rangeBytes), size };
  }
}

/** Reads bytes from a position on; fewer than there is room for at the end of the file. */
type Read = (bytes: Buffer, position: number) => number;

/** Scans the lines that begin in a range of a file, wherever the range begins and ends. */
export class RangeScanner {
  readonly #windows: WindowScanner;
  #bytes: Buffer = Buffer.allocUnsafeSlow(0);

  /** @param seed of the hashes of ids */
  constructor(scanner: LineScanner, seed: Uint32Array) {
    this.#windows = new WindowScanner(scanner, seed);
  }

  /** @returns what `WindowScanner` tells of the lines, which begin that far behind the beginning of the range */
  scan(read: Read, from: number, to: number): Uint32Array<ArrayBuffer> {
    this.#windows.clear();
    // A line begins behind a line feed, the first one at the start of the file.
    const before = Math.min(1, from);
    const bytes = this.#load(read, from - before, to);
    const start = before === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
    if (before === 0 || (start > 0 && start <= to - from)) this.#scanLines(bytes.subarray(start), start - before);
    return this.#windows.lines.slice();
  }

  /** @param start of the lines in the range */
  #scanLines(bytes: Buffer, start: number): void {
    let offset = start;
    for (const window of windowsOf(bytes)) {
      this.#windows.add(window, offset);
      offset += window.length;
    }
  }

  /** The bytes from a position to the end of the last line that begins before another. */
  #load(read: Read, from: number, to: number): Buffer {
    let wanted = to - from + extraBytes;
    for (let held = 0; ; wanted *= 2) {
      if (this.#bytes.length < wanted) this.#bytes = Buffer.concat([this.#bytes.subarray(0, held)], wanted);
      held += read(this.#bytes.subarray(held, wanted), from + held);
      const end = this.#bytes.subarray(0, held).indexOf(lineFeed, to - from - 1);
      if (end !== -1) return this.#bytes.subarray(0, end + 1);
      if (held < wanted) return this.#bytes.subarray(0, held);
    }
  }
}
