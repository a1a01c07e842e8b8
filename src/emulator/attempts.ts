import type { Executions } from './executions.ts';

/** How often each custom_id was executed, by the batches that count: read from disk when first asked for, then kept. */
export class Attempts {
  readonly #executions: Executions;
  readonly #counts: (batchId: string) => boolean;
  readonly #times = new Map<string, number>();
  readonly #seen = new Set<string>();
  #counted: Promise<void> = Promise.resolve();

  /** @param counts whether a batch counts */
  constructor(executions: Executions, counts: (batchId: string) => boolean) {
    this.#executions = executions;
    this.#counts = counts;
  }

  /**
   * Which attempt the rows of a batch are, by their custom_id, from 1. Executing a batch again after a kill is the same attempt.
   * Holds one entry for each custom_id that was executed in a batch that counts.
   */
  async forBatch(batchId: string): Promise<(customId: string) => number> {
    // One after the other: what another call has begun to count must be counted before this one looks.
    const count = () => this.#countNew();
    this.#counted = this.#counted.then(count, count);
    await this.#counted;
    // Executed before a kill, it is among those counted.
    const self = this.#seen.has(batchId) ? 0 : 1;
    return (customId) => (this.#times.get(customId) ?? 0) + self;
  }

  async #countNew(): Promise<void> {
    for (const other of await this.#executions.batchIds()) {
      if (!this.#seen.has(other) && this.#counts(other)) await this.#add(other);
    }
  }

  async #add(batchId: string): Promise<void> {
    this.#seen.add(batchId);
    for await (const { customId } of this.#executions.of(batchId)) {
      if (customId !== null) this.#times.set(customId, (this.#times.get(customId) ?? 0) + 1);
    }
  }
}
