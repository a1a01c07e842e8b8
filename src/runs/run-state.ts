import type { RunStatus } from '../report/snapshot.ts';

export const runStates = ['building', 'built', 'sending', 'waiting', 'ended', 'done', 'failed', 'foreign', 'broken', 'vanished'] as const;
/**
 * Where a run stands. `building`: cut off while it was built, or being built. `built`: nothing sent. `sending`: some shards were not sent.
 * `waiting`: batches are under way. `ended`: results can be fetched. `done`: all results are here. `failed`: every batch was refused.
 * Of directories that cannot be read: `foreign`: there is no run in it. `broken`: its ledger cannot be read. `vanished`: it is gone.
 */
export type RunState = (typeof runStates)[number];

/** What comes next for a run. */
export interface Waiting {
  /** `run`: the same command again. `submit`, `batches` (time), `fetch`: as the verbs. */
  readonly for: 'run' | 'submit' | 'batches' | 'fetch';
  /** How many shards that is about. */
  readonly shards: number;
  /** When the provider ends the first of them, or until when their results can be fetched; Unix milliseconds. */
  readonly until?: number;
}

/** Where a run stands, and what it waits for; nothing once it is done. Pure. */
export function standingOf({ state, shards, deadlines }: Pick<RunStatus, 'state' | 'shards' | 'deadlines'>): { readonly state: RunState; readonly waiting?: Waiting } {
  if (state === 'building') return { state: 'building', waiting: { for: 'run', shards: 0 } };
  const unsent = shards.built + shards.uploaded;
  const others = shards.submitted + shards.ended + shards.fetched + shards.failed;
  if (unsent > 0) return { state: others === 0 ? 'built' : 'sending', waiting: { for: 'submit', shards: unsent } };
  if (shards.submitted > 0) return { state: 'waiting', waiting: { for: 'batches', shards: shards.submitted, ...until(deadlines.expiresAt) } };
  if (shards.ended > 0) return { state: 'ended', waiting: { for: 'fetch', shards: shards.ended, ...until(deadlines.resultsUntil) } };
  return { state: shards.failed > 0 && shards.fetched === 0 ? 'failed' : 'done' };
}

const until = (time: number | undefined) => (time === undefined ? {} : { until: time });
