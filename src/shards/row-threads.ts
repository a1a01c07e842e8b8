import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Loan } from './loan.ts';
import type { Rendered } from './rendered-block.ts';
import type { WorkerAnswer, WorkerSetting, WorkerTask } from './row-worker.ts';
import { atLeast, newSlot, readTo, RowTable, type ThreadSlot } from './thread-slot.ts';

/** A worker needs little: a chunk, its lines, and the strings between. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

/** A chunk that is out. */
interface Sent {
  readonly from: number;
  readonly to: number;
}

/**
 * Threads that make request lines of chunks, and give them back in the order in which these were sent. What they give back is written from
 * where it is: a slot is used again when its lines are in their file. A source is best read into the slots, too: shared memory is slow to copy to.
 */
export class RowThreads {
  readonly #workers: Worker[];
  readonly #onRendered: (rendered: Rendered) => void;
  readonly #out: Sent[] = [];
  readonly #done = new Map<number, WorkerAnswer>();
  readonly #free: ThreadSlot[] = [];
  /** Slots whose input somebody fills. */
  readonly #reserved = new Map<unknown, ThreadSlot>();
  #sent = 0;
  #taken = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(count: number, setting: WorkerSetting, onRendered: (rendered: Rendered) => void) {
    const file = new URL(`./row-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
    this.#onRendered = onRendered;
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(file, { workerData: setting, resourceLimits });
      worker.on('message', (answer: WorkerAnswer) => this.#take(answer));
      worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
      return worker;
    });
  }

  /** Memory to read the next bytes of the source to. */
  reserve(): Buffer {
    const slot = this.#free.pop() ?? newSlot();
    this.#reserved.set(slot.input, slot);
    return Buffer.from(slot.input, readTo.from, readTo.bytes);
  }

  /** True for bytes that were read to such memory. */
  owns(bytes: Buffer): boolean {
    return this.#reserved.has(bytes.buffer);
  }

  /** Takes such memory back: its bytes are not wanted. */
  release(bytes: Buffer): void {
    const slot = this.#reserved.get(bytes.buffer);
    if (slot === undefined) return;
    this.#reserved.delete(slot.input);
    this.#free.push(slot);
  }

  /** Has a chunk rendered. */
  send(parts: readonly Buffer[], index: number): void {
    const number = this.#sent;
    const placed = this.#place(parts);
    const task: WorkerTask = { number, ...placed, index };
    // Chunks are of one size, and so are turns.
    this.#workers[number % this.#workers.length]?.postMessage(task);
    this.#out.push(placed);
    this.#sent += 1;
  }

  /** Brings a chunk into one slot: the one that its last part is in, if the others fit before it. */
  #place(parts: readonly Buffer[]): Sent & { readonly slot: ThreadSlot } {
    const last = parts.at(-1);
    const slot = this.#reserved.get(last?.buffer);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (last === undefined || slot === undefined || length - last.length > last.byteOffset) return this.#copy(parts, length);
    this.#reserved.delete(slot.input);
    const to = last.byteOffset + last.length;
    copyTo(slot, parts.slice(0, -1), to - length);
    return { slot, from: to - length, to };
  }

  #copy(parts: readonly Buffer[], length: number): Sent & { readonly slot: ThreadSlot } {
    const free = this.#free.pop() ?? newSlot();
    const slot = { ...free, input: atLeast(free.input, length) };
    copyTo(slot, parts, 0);
    for (const part of parts) this.release(part);
    return { slot, from: 0, to: length };
  }

  /** Resolves when at most this many chunks are out; fails with what went wrong. */
  async atMost(count: number): Promise<void> {
    while (this.#failure === undefined && this.#sent - this.#taken > count) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    for (const worker of this.#workers) void worker.terminate();
  }

  #take(answer: WorkerAnswer): void {
    this.#done.set(answer.number, answer);
    try {
      for (let next = this.#done.get(this.#taken); next !== undefined && this.#failure === undefined; next = this.#done.get(this.#taken)) {
        this.#done.delete(this.#taken);
        this.#taken += 1;
        this.#give(next);
      }
    } catch (error) {
      // Thrown by those who take rows: our own errors, or those of a user's `onReject`.
      this.#failure = error as Error;
    }
    this.#step();
  }

  #give(answer: WorkerAnswer): void {
    const sent = this.#out.shift();
    if (sent === undefined) return;
    const loan = new Loan(() => this.#free.push(answer.slot));
    this.#onRendered(renderedIn(answer, sent, loan));
    loan.giveBack();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#step();
  }

  #step(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function copyTo({ input }: ThreadSlot, parts: readonly Buffer[], from: number): void {
  const memory = Buffer.from(input);
  let at = from;
  for (const part of parts) at += part.copy(memory, at);
}

/** An answer, with views of its memory. */
function renderedIn({ slot, isWhole, breaks, rows }: WorkerAnswer, { from, to }: Sent, loan: Loan): Rendered {
  const { starts, ends, lines, offsets, hashes } = new RowTable(slot.table);
  return { chunk: Buffer.from(slot.input, from, to - from), isWhole, breaks, rows, starts, ends, lines, offsets, hashes, output: Buffer.from(slot.output), loan };
}
