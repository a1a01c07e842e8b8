import type { LineRegister } from './line-register.ts';
import { fileRanges, RangeScanner, type FileRange } from './range-scanner.ts';
import type { ResultFiles } from './result-files.ts';
import type { ResultThreads } from './result-threads.ts';
import { windowsOf } from './window-scanner.ts';

/** Reads result files through, and has their lines registered. */
export async function readResults(files: ResultFiles, register: LineRegister, signal: AbortSignal | undefined): Promise<void> {
  for (let file = 0; file < files.count; file += 1) await readFile(files, file, register, signal);
}

async function readFile(files: ResultFiles, file: number, register: LineRegister, signal: AbortSignal | undefined): Promise<void> {
  register.begin(file);
  for await (const block of files.blocks(file)) {
    signal?.throwIfAborted();
    for (const window of windowsOf(block)) register.scan(window);
  }
  register.end();
}

/** A range of a file, and what is found there. */
interface ReadRange extends FileRange {
  /** `undefined` for a file that is read as a whole, when its turn comes. */
  readonly lines: Promise<Uint32Array> | undefined;
}

/** Ranges that wait to be registered, at most: the next one may be with a thread still. */
const mostWaiting = 8;
/** Ranges that a thread has before it, so that it is never without one. */
const rangesEach = 3;

/** The same with the help of threads: they scan ranges, and this one scans others, registers the lines of all of them, in order, and waits as little as it can. */
export async function readInThreads(files: ResultFiles, register: LineRegister, threads: ResultThreads, signal: AbortSignal | undefined): Promise<void> {
  register.onShape = (shape, line) => threads.teach(shape, line);
  const reader = new RangeReader(files, register, threads);
  const add = async ({ file, from, to, size, lines }: ReadRange): Promise<void> => {
    if (lines === undefined) return readFile(files, file, register, signal);
    if (from === 0) register.begin(file);
    register.addScanned(await lines, from);
    if (to === size) register.end(size);
  };
  const waiting: ReadRange[] = [];
  for (const range of fileRanges(files)) {
    signal?.throwIfAborted();
    waiting.push({ ...range, lines: range.to === 0 ? undefined : reader.read(range) });
    // What threads have done meanwhile is heard of between two turns.
    await new Promise((resolve) => setImmediate(resolve));
    // The shapes of the first lines are learned before others are sent.
    const most = register.table.size === 0 && waiting.length === 1 ? 0 : mostWaiting;
    for (let next = waiting[0]; next !== undefined && waiting.length > most; next = waiting[0]) await add(next).then(() => waiting.shift());
  }
  for (const range of waiting) await add(range);
}

/** Has ranges scanned by threads while these have little to do, and scans others itself. */
class RangeReader {
  readonly #files: ResultFiles;
  readonly #threads: ResultThreads;
  readonly #ranges: RangeScanner;
  /** Ranges that are with threads. */
  #out = 0;

  constructor(files: ResultFiles, { scanner, table }: LineRegister, threads: ResultThreads) {
    this.#files = files;
    this.#threads = threads;
    this.#ranges = new RangeScanner(scanner, table.seed);
  }

  async read({ file, from, to }: FileRange): Promise<Uint32Array> {
    if (this.#out < this.#threads.count * rangesEach) {
      this.#out += 1;
      const { lines } = await this.#threads.scan({ path: this.#files.pathOf(file), from, to });
      this.#out -= 1;
      return lines;
    }
    return this.#ranges.scan((bytes, position) => this.#files.readSome(bytes, file, position), from, to);
  }
}
