import type { LineRegister } from './line-register.ts';
import { fileRanges, type FileRange } from './range-scanner.ts';
import type { ResultFiles } from './result-files.ts';
import type { ResultThreads } from './result-threads.ts';
import type { ScanAnswer } from './result-worker.ts';
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

interface SentRange extends FileRange {
  /** What a thread finds there; `undefined` for a file that is read here. */
  readonly answer: Promise<ScanAnswer> | undefined;
}

/** The same with the help of threads: they scan, and here the lines are registered, in order. */
export async function readInThreads(files: ResultFiles, register: LineRegister, threads: ResultThreads, signal: AbortSignal | undefined): Promise<void> {
  register.onShape = (shape, line) => threads.teach(shape, line);
  const add = async ({ file, from, to, size, answer }: SentRange): Promise<void> => {
    if (answer === undefined) return readFile(files, file, register, signal);
    if (from === 0) register.begin(file);
    register.addScanned((await answer).lines, from);
    if (to === size) register.end(size);
  };
  const out: SentRange[] = [];
  for (const range of fileRanges(files)) {
    signal?.throwIfAborted();
    const { file, from, to } = range;
    out.push({ ...range, answer: to === 0 ? undefined : threads.scan({ path: files.pathOf(file), from, to }) });
    // The shapes of the first lines are learned before others are sent.
    const most = register.table.size === 0 && out.length === 1 ? 0 : threads.count * 2;
    for (let next = out[0]; next !== undefined && out.length > most; next = out[0]) await add(next).then(() => out.shift());
  }
  for (const range of out) await add(range);
}
