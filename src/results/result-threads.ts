import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { RenderOrder, RenderPlan, ScanAnswer, ScanOrder, WorkerMessage } from './result-worker.ts';

/** A worker needs little: a piece of a file, its lines, and the strings between. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };

/** Threads that read result files: first for the index, then for the output. */
export class ResultThreads {
  readonly #workers: readonly Worker[];
  readonly #waiting = new Map<number, { readonly resolve: (answer: ScanAnswer) => void; readonly reject: (error: Error) => void }>();
  #failure: Error | undefined;
  #scans = 0;
  #renders = 0;

  /** @param seed of the hashes of ids */
  constructor(count: number, seed: Uint32Array) {
    const file = new URL(`./result-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(file, { workerData: seed, resourceLimits });
      worker.on('message', (answer: ScanAnswer) => this.#take(answer));
      worker.on('error', (error) => this.#stop(error instanceof Error ? error : new Error(String(error))));
      return worker;
    });
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Has the lines read that begin in a range of a file. */
  scan(range: Omit<ScanOrder, 'number'>): Promise<ScanAnswer> {
    const number = this.#scans;
    this.#scans += 1;
    const answer = new Promise<ScanAnswer>((resolve, reject) => {
      if (this.#failure === undefined) this.#waiting.set(number, { resolve, reject });
      else reject(this.#failure);
    });
    // Whoever waits for it is told; it may fail before that.
    answer.catch(() => undefined);
    this.#post(number, { scan: { number, ...range } });
    return answer;
  }

  /** Makes a shape known that was learned from a line. */
  teach(shape: number, line: Buffer): void {
    const copy = Uint8Array.from(line);
    for (let worker = 0; worker < this.count; worker += 1) this.#post(worker, { teach: { shape, line: copy } });
  }

  /** Says how and where tails are made. */
  plan(plan: RenderPlan): void {
    for (let worker = 0; worker < this.count; worker += 1) this.#post(worker, { plan });
  }

  /** Has tails made. */
  render(render: readonly RenderOrder[]): void {
    this.#post(this.#renders, { render });
    this.#renders += 1;
  }

  close(): void {
    for (const worker of this.#workers) void worker.terminate();
  }

  #post(turn: number, message: WorkerMessage): void {
    this.#workers[turn % this.count]?.postMessage(message);
  }

  #take(answer: ScanAnswer): void {
    this.#waiting.get(answer.number)?.resolve(answer);
    this.#waiting.delete(answer.number);
  }

  #stop(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
