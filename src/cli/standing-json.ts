import { standingOf, type RunStatus } from '../index.ts';

const times = new Set(['createdAt', 'endedAt', 'expiresAt', 'resultsUntil', 'oldestBatchAt', 'until']);

/** Where a run stands as `--json` prints it: its state and what it waits for as `runs` has them, times as ISO texts. Pure. */
export function standingJson(status: RunStatus): Readonly<Record<string, unknown>> {
  const { state, waiting } = standingOf(status);
  const texts = { state, ...(waiting === undefined ? {} : { waiting: withTexts(waiting) }), deadlines: withTexts(status.deadlines), batches: status.batches.map(withTexts) };
  return { ...withTexts(status), ...texts };
}

/** An object with its times as ISO texts; what lies deeper stays as it is, for it may be a record. Pure. */
export function withTexts(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, typeof one === 'number' && times.has(key) ? new Date(one).toISOString() : one]));
}
