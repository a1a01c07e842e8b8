import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Rendered } from './rendered-block.ts';
import type { WorkerAnswer, WorkerSetting, WorkerTask } from './row-worker.ts';
import { atLeast, newSlot, RowTable, type ThreadSlot } from './thread-slot.ts';

/** A worker needs little: a chunk, its lines, and the strings between. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

/** Threads that make request lines of chunks, and give them back in the order in which these were sent. */
export class RowThreads {
  readonly #workers: Worker[];
  readonly #onRendered: (rendered: Rendered) => void;
  readonly #done = new Map<number, WorkerAnswer>();
  /** Bytes of the chunks that are out. */
  readonly #lengths: number[] = [];
  readonly #free: ThreadSlot[] = [];
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

  /** Has a chunk rendered. */
  send(parts: readonly Buffer[], index: number): void {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const free = this.#free.pop() ?? newSlot();
    const slot = { ...free, input: atLeast(free.input, length) };
    const input = Buffer.from(slot.input);
    let at = 0;
    for (const part of parts) at += part.copy(input, at);
    const task: WorkerTask = { number: this.#sent, slot, length, index };
    // Chunks are of one size, and so are turns.
    this.#workers[this.#sent % this.#workers.length]?.postMessage(task);
    this.#lengths.push(length);
    this.#sent += 1;
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
        this.#onRendered(renderedIn(next, this.#lengths.shift() ?? 0));
        this.#free.push(next.slot);
      }
    } catch (error) {
      // Thrown by those who take rows: our own errors, or those of a user's `onReject`.
      this.#failure = error as Error;
    }
    this.#step();
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

/** An answer, with views of its memory. */
function renderedIn({ slot, isWhole, breaks, rows }: WorkerAnswer, length: number): Rendered {
  const { starts, ends, lines, offsets, hashes } = new RowTable(slot.table);
  return { chunk: Buffer.from(slot.input, 0, length), isWhole, breaks, rows, starts, ends, lines, offsets, hashes, output: Buffer.from(slot.output) };
}
