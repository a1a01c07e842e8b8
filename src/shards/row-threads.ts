import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Rendered } from './rendered-block.ts';
import type { WorkerAnswer, WorkerSetting, WorkerTask } from './row-worker.ts';

/** A worker needs little: a chunk, its lines, and the strings between. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

/** Threads that make request lines of chunks, and give them back in the order in which these were sent. */
export class RowThreads {
  readonly #workers: Worker[];
  readonly #onRendered: (rendered: Rendered) => void;
  readonly #done = new Map<number, Rendered>();
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

  /** Has a chunk rendered; its bytes are no longer the caller's. */
  send(bytes: Buffer, index: number): void {
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const task: WorkerTask = { number: this.#sent, chunk, index };
    // Chunks are of one size, and so are turns.
    this.#workers[this.#sent % this.#workers.length]?.postMessage(task, [chunk.buffer as ArrayBuffer]);
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

  #take({ number, rendered }: WorkerAnswer): void {
    this.#done.set(number, rendered);
    try {
      for (let next = this.#done.get(this.#taken); next !== undefined && this.#failure === undefined; next = this.#done.get(this.#taken)) {
        this.#done.delete(this.#taken);
        this.#taken += 1;
        this.#onRendered(next);
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
