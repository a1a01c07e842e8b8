/** How long the stages of a batch take at speed 1, in milliseconds, as observed at the providers. */
export const nominalMs = {
  /** OpenAI checks a file for seconds to minutes. */
  validating: 20_000,
  /** Default time for the rows; Anthropic: most batches end within the hour. */
  work: 600_000,
  /** OpenAI writes the files. */
  finalizing: 30_000,
  /** From the cancel call to the end. */
  canceling: 25_000,
  /** After this a batch expires. */
  window: 86_400_000,
} as const;

/** What the course of a batch depends on. Times are Unix milliseconds, durations nominal milliseconds. */
export interface BatchTimes {
  readonly createdAt: number;
  readonly validatingMs: number;
  readonly workMs: number;
  readonly finalizingMs: number;
  readonly cancelRequestedAt?: number;
}

/** Why a batch ends. */
export type Ending = 'completed' | 'expired' | 'cancelled';

/** When a batch does what. Unix milliseconds. */
export interface Course {
  /** Checked; rows begin. */
  readonly startedAt: number;
  /** No row finishes any more: all are done, the window closed, or it was canceled. */
  readonly stoppedAt: number;
  readonly endedAt: number;
  readonly ending: Ending;
}

/**
 * The course of a batch: a pure function of its times and the speed, so that a restart finds the same one.
 * `speed` divides every stage and the 24 h window alike: a batch whose work is nominally longer than the window expires
 * at every speed.
 */
export function courseOf(times: BatchTimes, speed: number): Course {
  const startedAt = times.createdAt + times.validatingMs / speed;
  const doneAt = startedAt + times.workMs / speed;
  const windowEnd = times.createdAt + nominalMs.window / speed;
  const canceledAt = times.cancelRequestedAt ?? Infinity;
  if (canceledAt < Math.min(doneAt, windowEnd)) {
    return { startedAt, stoppedAt: canceledAt, endedAt: canceledAt + nominalMs.canceling / speed, ending: 'cancelled' };
  }
  if (doneAt > windowEnd) return { startedAt, stoppedAt: windowEnd, endedAt: windowEnd, ending: 'expired' };
  return { startedAt, stoppedAt: doneAt, endedAt: doneAt + times.finalizingMs / speed, ending: 'completed' };
}

/** The share of its rows, 0 to 1, that a batch has finished at `now`. */
export function shareDone(times: BatchTimes, speed: number, now: number): number {
  const { startedAt, stoppedAt, ending } = courseOf(times, speed);
  const until = Math.min(now, stoppedAt);
  if (until >= stoppedAt && ending === 'completed') return 1;
  if (until <= startedAt) return 0;
  return Math.min(1, ((until - startedAt) * speed) / times.workMs);
}
