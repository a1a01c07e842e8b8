import { IdHasher } from './id-hash.ts';
import { LineBlock } from './line-block.ts';
import { endOfLine, type LineScanner, type ScannedLine, type ScannedParts } from './line-scanner.ts';

/** Words of a line: where it begins; length; three of the hash of its id; shape, counted from 1, or 0 for a line that must be parsed; start and length of the span; five counts, each plus 1. */
export const scanWords = 13;

/** Bytes that are scanned at a time: they stay in the processor's cache, and their text in V8's young generation. */
const windowBytes = 64 * 1024;
const lineFeed = 0x0a;

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

/** Cuts bytes into windows of whole lines; the last line may lack its line feed. A longer line has a window of its own. */
export function* windowsOf(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; ) {
    const last = start + windowBytes >= bytes.length ? bytes.length - 1 : bytes.lastIndexOf(lineFeed, start + windowBytes);
    const end = last >= start ? last + 1 : Math.min(bytes.length, endOfLine(bytes, start) + 1);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Scans windows of lines, one after the other, into one list of numbers: what stands in a line, and the hash of its id. */
export class WindowScanner {
  readonly #scanner: LineScanner;
  readonly #hasher: IdHasher;
  #lines = new Uint32Array(1024 * scanWords);
  #used = 0;

  /** @param seed of the hashes */
  constructor(scanner: LineScanner, seed: Uint32Array) {
    this.#scanner = scanner;
    this.#hasher = new IdHasher(seed);
  }

  /** `scanWords` numbers for each line since the last `clear`, blank ones included; good until the next one is added. */
  get lines(): Uint32Array<ArrayBuffer> {
    return this.#lines.subarray(0, this.#used);
  }

  clear(): void {
    this.#used = 0;
  }

  /** Adds the lines of a window. @param offset is added to where each begins */
  add(window: Buffer, offset: number): void {
    const block = new LineBlock(window);
    for (let at = 0; at < window.length; ) {
      const line = this.#scanner.scanIn(block, at);
      const end = line?.end ?? endOfLine(window, at);
      this.#addLine(offset + at, end - at, line);
      at = end + 1;
    }
  }

  #addLine(start: number, length: number, line: ScannedLine | undefined): void {
    let at = this.#used;
    if (at === this.#lines.length) this.#lines = longer(this.#lines);
    this.#used += scanWords;
    const lines = this.#lines;
    lines[at++] = start;
    lines[at++] = length;
    if (line === undefined) {
      lines.fill(0, at, this.#used);
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

function longer(lines: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(lines.length * 2);
  copy.set(lines);
  return copy;
}
