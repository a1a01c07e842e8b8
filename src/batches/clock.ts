import { setTimeout as delay } from 'node:timers/promises';

/** Time as the run sees it; tests put their own in its place. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after a while; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
