import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { blockLines, BlockPrinter, entryWords } from './block-printer.ts';
import { lineWords } from './line-list.ts';
import { LineScanner } from './line-scanner.ts';
import { layoutsOf, parseResultLine } from './parse.ts';
import { RangeScanner } from './range-scanner.ts';
import { scannedTails } from './scanned-tails.ts';
import { inTheMaking } from './tails-ahead.ts';
import type { TailFormat } from './tails.ts';

/** What a worker is told. */
export interface WorkerMessage {
  readonly scan?: ScanOrder;
  readonly teach?: { readonly shape: number; readonly line: Uint8Array };
  readonly plan?: RenderPlan;
  readonly render?: readonly RenderOrder[];
}

/** The lines that begin in a range of a file. */
export interface ScanOrder {
  readonly number: number;
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export interface ScanAnswer {
  readonly number: number;
  /** See `RangeScanner`. */
  readonly lines: Uint32Array<ArrayBuffer>;
}

/** How tails are made, and the shared memory they go to. */
export interface RenderPlan {
  readonly format: TailFormat;
  readonly slotBytes: number;
  readonly tails: SharedArrayBuffer;
  readonly entries: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
  readonly states: SharedArrayBuffer;
}

/** A block of lines, whose words are in its slot, and the bytes that it needs. */
export interface RenderOrder {
  readonly block: number;
  readonly slot: number;
  readonly count: number;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  /** Of the first of these bytes, counted through all files. */
  readonly position: number;
}

// Lines that need another function are not given to threads.
const layouts = layoutsOf({});
const scanner = new LineScanner(layouts);
// The seed is one that `ResultThreads` passed on.
const ranges = new RangeScanner(scanner, workerData as Uint32Array);
let render: ((order: RenderOrder) => void) | undefined;

function teach({ shape, line }: NonNullable<WorkerMessage['teach']>): void {
  const bytes = Buffer.from(line);
  const parsed = parseResultLine(bytes);
  if (parsed.kind === 'result') scanner.learnAs(shape, bytes, parsed.result);
}

/** Reads bytes of files that are asked for one after the other. */
class FileReader {
  #path: string | undefined;
  #handle = -1;

  read(path: string, bytes: Buffer, position: number): number {
    if (path !== this.#path) {
      if (this.#handle !== -1) closeSync(this.#handle);
      this.#handle = openSync(path, 'r');
      this.#path = path;
    }
    let read = 0;
    for (let count = -1; count !== 0 && read < bytes.length; read += count) count = readSync(this.#handle, bytes, read, bytes.length - read, position + read);
    return read;
  }
}

const files = new FileReader();

function rendererOf({ format, slotBytes, ...memory }: RenderPlan): typeof render {
  const tails = scannedTails(format, {});
  if (tails === undefined) return undefined;
  const printer = new BlockPrinter(tails, scanner.shapes);
  const states = new Int32Array(memory.states);
  const entries = new Uint32Array(memory.entries);
  let buffer = Buffer.allocUnsafeSlow(0);
  return ({ block, slot, count, path, offset, length, position }) => {
    // Whoever wanted it made it.
    if (Atomics.compareExchange(states, slot, -(block + 1), inTheMaking) !== -(block + 1)) return;
    if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length * 2);
    const isRead = files.read(path, buffer.subarray(0, length), offset) === length;
    const words = new Uint32Array(memory.words, slot * blockLines * lineWords * 4, count * lineWords);
    const text = printer.print(words, buffer.toString('latin1', 0, length), position, entries, slot * blockLines * entryWords);
    const fits = isRead && text.length <= slotBytes;
    if (fits) Buffer.from(memory.tails, slot * slotBytes, slotBytes).write(text, 0, 'latin1');
    Atomics.store(states, slot, fits ? block + 1 : 0);
    Atomics.notify(states, slot);
  };
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of threads has no origin
parentPort?.on('message', (message: WorkerMessage) => {
  if (message.teach !== undefined) teach(message.teach);
  if (message.plan !== undefined) render = rendererOf(message.plan);
  for (const order of message.render ?? []) render?.(order);
  if (message.scan === undefined) return;
  const { number, path, from, to } = message.scan;
  const answer: ScanAnswer = { number, lines: ranges.scan((bytes, position) => files.read(path, bytes, position), from, to) };
  parentPort?.postMessage(answer, [answer.lines.buffer]);
});
