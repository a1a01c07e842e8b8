import { MillraceError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { retryDelay } from './backoff.ts';
import { systemClock, type Clock } from './clock.ts';
import { assertReachable, noteAnswer } from './reach.ts';

/** What a wait for another try takes. */
export interface Patience {
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** How often a call is made at most. @default as often as another try can help */
  readonly mostTries?: number;
}

/** Makes a call that changes nothing, or may be repeated, until it is answered; failures that would come again are thrown. */
export async function withRetries<Answer>(provider: Provider, patience: Patience, call: () => Promise<Answer>): Promise<Answer> {
  for (let failures = 1; ; failures += 1) {
    try {
      const answer = await call();
      noteAnswer(provider);
      return answer;
    } catch (error) {
      await pauseAfter(error, failures, provider, patience);
    }
  }
}

/**
 * Pauses before another try, where one can help; throws the error where none can. Nothing was created just now: what is not known stays so.
 *
 * @param failures how often in a row it has failed, this one included
 */
export async function pauseAfter(error: unknown, failures: number, provider: Provider, { signal, clock = systemClock, mostTries = Infinity }: Patience): Promise<void> {
  signal?.throwIfAborted();
  assertReachable(error, failures, provider);
  const isUnknown = error instanceof MillraceError && error.code === 'not_found';
  const waitMs = isUnknown || failures >= mostTries ? undefined : retryDelay(error, failures, Math.random());
  if (waitMs === undefined) throw error;
  await clock.sleep(waitMs, signal);
}
