/** Moves the batches of one provider on. */
export interface BatchWorker {
  /** Ids of the batches that have not ended. */
  pending(): string[];
  /**
   * Does what is due for a batch by now. Can be abandoned at any point and called again: it starts from the facts on disk.
   * @returns when something is due next, in Unix milliseconds; `undefined` when the batch is through
   */
  advance(batchId: string, signal: AbortSignal): Promise<number | undefined>;
}

/** `setTimeout` cannot wait longer. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Sees to it that each batch moves on when its time has come. With timers it wakes by itself; without (an injected
 * clock), whoever asks for a batch has it examined first. A batch is worked on once at a time.
 */
export class Engine {
  readonly #workers: readonly BatchWorker[];
  readonly #clock: { readonly now: () => number; readonly timers: boolean };
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #closing = new AbortController();

  constructor(workers: readonly BatchWorker[], clock: { readonly now: () => number; readonly timers: boolean }) {
    this.#workers = workers;
    this.#clock = clock;
  }

  /** Takes up what an earlier emulator left; call it once, at the start. */
  start(): void {
    if (!this.#clock.timers) return;
    for (const worker of this.#workers) for (const id of worker.pending()) this.wake(worker, id);
  }

  /** Examines a batch in the background; its time may have changed. */
  wake(worker: BatchWorker, batchId: string): void {
    // A worker that fails (a full disk, say) leaves its batch where it was: it is examined again when asked for.
    this.examine(worker, batchId).catch(() => undefined);
  }

  /** Resolves when everything that is due for a batch by now is done. */
  async examine(worker: BatchWorker, batchId: string): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const before = this.#running.get(batchId) ?? Promise.resolve();
    const step = () => this.#advance(worker, batchId);
    const run = before.then(step, step).finally(() => {
      if (this.#running.get(batchId) === run) this.#running.delete(batchId);
    });
    this.#running.set(batchId, run);
    await run;
  }

  /** What a call does before it shows a batch: without timers it is examined; with them only if work on it had failed. */
  async refresh(worker: BatchWorker, batchIds: readonly string[]): Promise<void> {
    for (const id of batchIds) {
      if (!this.#clock.timers) await this.examine(worker, id);
      else if (!this.#timers.has(id) && !this.#running.has(id)) this.wake(worker, id);
    }
  }

  /** Examines every batch now. */
  async settle(): Promise<void> {
    for (const worker of this.#workers) {
      await Promise.all(worker.pending().map((id) => this.examine(worker, id)));
    }
  }

  /** Abandons what is running; a later emulator on the same directory does it again. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.allSettled(this.#running.values());
  }

  async #advance(worker: BatchWorker, batchId: string): Promise<void> {
    if (this.#closing.signal.aborted) return;
    clearTimeout(this.#timers.get(batchId));
    this.#timers.delete(batchId);
    const next = await worker.advance(batchId, this.#closing.signal);
    if (next === undefined || !this.#clock.timers || this.#closing.signal.aborted) return;
    const delay = Math.min(MAX_DELAY_MS, Math.max(0, next - this.#clock.now()));
    const timer = setTimeout(() => this.wake(worker, batchId), delay);
    timer.unref();
    this.#timers.set(batchId, timer);
  }
}
