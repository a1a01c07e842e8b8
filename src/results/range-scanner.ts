import { IdHasher } from './id-hash.ts';
import { LineBlock } from './line-block.ts';
import type { LineScanner, ScannedLine, ScannedParts } from './line-scanner.ts';
import type { ResultFiles } from './result-files.ts';

/** Words of a line: where it begins in the range; length; three of the hash of its id; shape, counted from 1, or 0 for a line that must be parsed; start and length of the span; five counts, each plus 1. */
export const scanWords = 13;

/** Bytes of a file that are given to a thread at a time. */
const rangeBytes = 512 * 1024;

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

/** Reads what was scanned of a line. @param at where its words begin @returns false if it must be parsed */
export function readScan(lines: Uint32Array, at: number, parts: ScannedParts): boolean {
  const shape = lines[at + 5] ?? 0;
  if (shape === 0) return false;
  parts.shape = shape - 1;
  parts.spanStart = lines[at + 6] ?? 0;
  parts.spanLength = lines[at + 7] ?? 0;
  parts.inputTokens = (lines[at + 8] ?? 0) - 1;
  parts.outputTokens = (lines[at + 9] ?? 0) - 1;
  parts.cachedTokens = (lines[at + 10] ?? 0) - 1;
  parts.cacheWriteTokens = (lines[at + 11] ?? 0) - 1;
  parts.reasoningTokens = (lines[at + 12] ?? 0) - 1;
  return true;
}

/** Reads bytes from a position on; fewer than there is room for at the end of the file. */
type Read = (bytes: Buffer, position: number) => number;

const lineFeed = 0x0a;
/** Bytes that are scanned at a time: they stay in the processor's cache. */
const windowBytes = 64 * 1024;

/** Scans the lines that begin in a range of a file, wherever the range begins and ends. */
export class RangeScanner {
  readonly #scanner: LineScanner;
  readonly #hasher: IdHasher;
  #bytes: Buffer = Buffer.allocUnsafeSlow(0);
  #lines = new Uint32Array(1024 * scanWords);
  #count = 0;

  constructor(scanner: LineScanner, seed: Uint32Array) {
    this.#scanner = scanner;
    this.#hasher = new IdHasher(seed);
  }

  /** @returns `scanWords` numbers for each line, blank ones included */
  scan(read: Read, from: number, to: number): Uint32Array<ArrayBuffer> {
    this.#count = 0;
    // A line begins behind a line feed, the first one at the start of the file.
    const before = Math.min(1, from);
    const bytes = this.#load(read, from - before, to);
    const start = before === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
    if (before === 0 || (start > 0 && start <= to - from)) for (let at = start; at < bytes.length; ) at = this.#scanWindow(bytes, at, before);
    return this.#lines.slice(0, this.#count * scanWords);
  }

  /** The bytes from a position to the end of the last line that begins before another. */
  #load(read: Read, from: number, to: number): Buffer {
    let wanted = to - from + windowBytes;
    for (let held = 0; ; wanted *= 2) {
      if (this.#bytes.length < wanted) this.#bytes = Buffer.concat([this.#bytes.subarray(0, held)], wanted);
      held += read(this.#bytes.subarray(held, wanted), from + held);
      const end = this.#bytes.subarray(0, held).indexOf(lineFeed, to - from - 1);
      if (end !== -1) return this.#bytes.subarray(0, end + 1);
      if (held < wanted) return this.#bytes.subarray(0, held);
    }
  }

  /** Scans whole lines from an index on; returns where the next one begins. */
  #scanWindow(bytes: Buffer, start: number, before: number): number {
    const last = start + windowBytes >= bytes.length ? bytes.length - 1 : bytes.lastIndexOf(lineFeed, start + windowBytes);
    const end = last >= start ? last + 1 : endOfLine(bytes, start) + 1;
    const window = bytes.subarray(start, end);
    const block = new LineBlock(window);
    for (let at = 0; at < window.length; ) {
      const line = this.#scanner.scanIn(block, at);
      const lineEnd = line?.end ?? endOfLine(window, at);
      this.#add(start + at - before, lineEnd - at, line);
      at = lineEnd + 1;
    }
    return end;
  }

  #add(start: number, length: number, line: ScannedLine | undefined): void {
    let at = this.#count * scanWords;
    if (at === this.#lines.length) this.#lines = longer(this.#lines);
    this.#count += 1;
    const lines = this.#lines;
    lines[at++] = start;
    lines[at++] = length;
    if (line === undefined) {
      lines.fill(0, at, at + scanWords - 2);
      return;
    }
    this.#hasher.update(line.customId);
    lines[at++] = this.#hasher.first;
    lines[at++] = this.#hasher.second;
    lines[at++] = this.#hasher.third;
    lines[at++] = line.shape + 1;
    lines[at++] = line.spanStart;
    lines[at++] = line.spanLength;
    lines[at++] = line.inputTokens + 1;
    lines[at++] = line.outputTokens + 1;
    lines[at++] = line.cachedTokens + 1;
    lines[at++] = line.cacheWriteTokens + 1;
    lines[at++] = line.reasoningTokens + 1;
  }
}

function endOfLine(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(lineFeed, start);
  return end === -1 ? bytes.length : end;
}

function longer(lines: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(lines.length * 2);
  copy.set(lines);
  return copy;
}
