import type { Clock } from './batches/clock.ts';
import { pauseAfter } from './batches/patience.ts';
import type { Batch, Provider } from './providers/provider.ts';

/** Options of {@link listBatches}. */
export interface ListBatchesOptions {
  readonly signal?: AbortSignal;
  /** Time, for tests. @default the system's */
  readonly clock?: Clock;
}

/**
 * All batches of an account, newest first, whoever created them, page by page as they are asked for. Failures that pass are waited out;
 * each batch comes once.
 *
 * @example
 * for await (const { id, rawStatus, metadata } of listBatches(openai())) console.log(id, rawStatus, metadata['team']);
 */
export async function* listBatches(provider: Provider, options: ListBatchesOptions = {}): AsyncGenerator<Batch, void, undefined> {
  const { signal } = options;
  const seen = new Set<string>();
  for (let failures = 0; ; ) {
    try {
      for await (const batch of provider.list(signal ? { signal } : {})) {
        if (seen.has(batch.id)) continue;
        seen.add(batch.id);
        failures = 0;
        yield batch;
      }
      return;
    } catch (error) {
      failures += 1;
      // A list has no bookmark that outlives a failure: it is read from the top, past what was told.
      await pauseAfter(error, failures, provider, options);
    }
  }
}
