/** Where hints come from that a batch may have changed: a run that is given one looks at that batch at once. Polling stays the truth. */
export interface HintSource {
  /** Calls the listener with the id of each batch that may have changed. Returns what ends that. */
  subscribe(listener: (batchId: string) => void): () => void;
}

/**
 * Passes hints on to every run that waits.
 *
 * @example
 * const hints = new BatchHints();
 * createServer(openaiWebhook({ secret, onBatch: (id) => hints.look(id) })).listen(8080, '127.0.0.1');
 * const job = await openRun('runs/reviews', { provider: openai(), hints });
 * await job.wait();
 */
export class BatchHints implements HintSource {
  readonly #listeners = new Set<(batchId: string) => void>();

  /** Says that a batch may have changed. Ids of batches that nobody waits for do nothing. */
  look(batchId: string): void {
    for (const tell of this.#listeners) tell(batchId);
  }

  subscribe(listener: (batchId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** The hints that one drive has not followed yet. */
export class HintInbox {
  readonly #leave: () => void;
  readonly #ids = new Set<string>();
  #wake: (() => void) | undefined;

  constructor(source: HintSource | undefined) {
    this.#leave =
      source?.subscribe((batchId) => {
        this.#ids.add(batchId);
        this.#wake?.();
      }) ?? (() => undefined);
  }

  /** Takes all hints. */
  take(): string[] {
    const ids = [...this.#ids];
    this.#ids.clear();
    return ids;
  }

  /** Resolves when there is a hint. One waits at a time. */
  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#ids.size > 0) resolve();
    });
  }

  close(): void {
    this.#leave();
  }
}
