import type { OutcomeStatus } from '../join/outcome.ts';
import { isSent, type BatchEntry, type SendEntry, type ShardEntry, type ShardState } from '../ledger/ledger.ts';
import type { PlacedProblem } from '../lint/place.ts';
import type { OriginCounts, RunCost } from './report.ts';
import type { UsageTotals } from './usage.ts';

export const phases = ['building', 'sending', 'joining', 'done'] as const;
/** What a run is doing: building shards, getting them through the provider, joining the results. */
export type Phase = (typeof phases)[number];

/** What must happen until when. */
export interface Deadlines {
  /** When the provider ends the first of the batches that are under way. */
  readonly expiresAt?: number;
  /** Until when the results of all batches that were not fetched yet can be, where the provider says so. */
  readonly resultsUntil?: number;
}

/** What a run costs while it goes on. */
export interface SnapshotCost extends RunCost {
  /** What it will have cost in the end: what the shards that are in did cost, and an estimate of the others, corrected by what it was off for those. */
  readonly expectedUsd: number;
}

/** What went through this process so far, in bytes. */
export interface SnapshotBytes {
  /** Written by the build: records kept for the join, and request lines. */
  readonly built: number;
  /** Received as results. */
  readonly downloaded: number;
  /** Written by the join, where its sink counts them: files do. */
  readonly joined: number;
}

/** Where a run stands, told to `onProgress`. */
export interface RunSnapshot {
  readonly phase: Phase;
  /** Source records read so far; all of them once building has ended. */
  readonly records: number;
  /** Shards by state, those that are sent. */
  readonly shards: Readonly<Record<ShardState, number>>;
  /** Requests in all shards; of those that the provider has, how many are under way, and what it says of the others. Its counts are for people: they may be wrong. */
  readonly requests: { readonly total: number; readonly inFlight: number; readonly succeeded: number; readonly failed: number };
  /** Of a run that took answers over: records by where their answers come from, as they were built. */
  readonly origins?: OriginCounts;
  /** The nearest of them, in Unix milliseconds. */
  readonly deadlines: Deadlines;
  /** When the first of the batches that are under way was created, in Unix milliseconds; left out while none is. */
  readonly oldestBatchAt?: number;
  /** While nothing is left to do but wait: when the provider is looked at next, in Unix milliseconds. */
  readonly nextLookAt?: number;
  readonly bytes: SnapshotBytes;
  /** Outcomes joined so far. */
  readonly outcomes: Readonly<Record<OutcomeStatus, number>>;
  /** Of the shards whose results are in; left out until there are some, and where no price is known. */
  readonly cost?: SnapshotCost;
  /** Tokens of those shards; left out until there are some. */
  readonly usage?: UsageTotals;
  /** The shard that changed last, in words; while building, that an earlier build is replaced. */
  readonly news?: string;
  /** That shard met a failure, and waits for another try or goes out again in part: worth keeping on the screen. */
  readonly isDelayed?: true;
}

/** A run as its ledger has it. */
export interface RunStatus extends Omit<RunSnapshot, 'phase' | 'outcomes' | 'cost' | 'usage' | 'bytes' | 'nextLookAt'> {
  readonly runId: string;
  readonly directory: string;
  readonly provider: string;
  /** Base URL and organization or workspace; never the key. */
  readonly account: string;
  /** What the user calls the run. */
  readonly label?: string;
  /** What the user says about it. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly state: 'building' | 'built';
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly batches: readonly BatchEntry[];
  /** What the provider found wrong with batches, led back to the source records; left out where there is nothing. */
  readonly problems?: readonly (PlacedProblem & { readonly batchId: string })[];
}

/** Counts shards and requests, and finds the deadlines and the oldest batch. */
export function countShards(all: readonly ShardEntry[], batches: readonly BatchEntry[], sends: readonly SendEntry[]): Pick<RunSnapshot, 'shards' | 'requests' | 'deadlines' | 'oldestBatchAt' | 'origins'> {
  const shards = all.filter(isSent);
  const byState: Record<ShardState, number> = { built: 0, uploaded: 0, submitted: 0, ended: 0, fetched: 0, failed: 0 };
  const counts = new Map(batches.map((batch) => [batch.id, batch.counts]));
  let total = 0;
  let inFlight = sends.filter(({ end }) => end === undefined).length;
  for (const { state, requestCount, batchId = '' } of shards) {
    byState[state] += 1;
    total += requestCount;
    const { succeeded = 0, failed = 0 } = counts.get(batchId) ?? {};
    if (state === 'submitted') inFlight += Math.max(0, requestCount - succeeded - failed);
  }
  const current = new Set(shards.map(({ batchId }) => batchId));
  const counted = batches.filter(({ id }) => current.has(id));
  const sum = (key: 'succeeded' | 'failed') => counted.reduce((count, { counts }) => count + counts[key], 0);
  const answered = sends.filter(({ end }) => end === 'done').length;
  const unanswered = sends.filter(({ end }) => end === 'failed' || end === 'uncertain').length;
  const oldestBatchAt = earliest(counted.flatMap(({ status, createdAt }) => (status === 'pending' ? createdAt : [])));
  return {
    shards: byState,
    requests: { total, inFlight, succeeded: sum('succeeded') + answered, failed: sum('failed') + unanswered },
    deadlines: deadlinesOf(shards, batches),
    ...(oldestBatchAt === undefined ? {} : { oldestBatchAt }),
    ...originsOf(all),
  };
}

function originsOf(shards: readonly ShardEntry[]): Pick<RunSnapshot, 'origins'> {
  if (shards.every(isSent)) return {};
  const sum = (isCounted: (shard: ShardEntry) => boolean) => shards.reduce((count, shard) => count + (isCounted(shard) ? shard.requestCount : 0), 0);
  return { origins: { fresh: sum((shard) => isSent(shard) && shard.members === undefined), reused: sum(({ via }) => via === 'reuse'), deduplicated: sum(({ via }) => via === 'copy') } };
}

function deadlinesOf(shards: readonly ShardEntry[], batches: readonly BatchEntry[]): Deadlines {
  const waiting = new Set(shards.filter(({ state }) => state === 'submitted' || state === 'ended').map(({ batchId }) => batchId));
  const open = batches.filter(({ id }) => waiting.has(id));
  const expiresAt = earliest(open.flatMap((batch) => (batch.status === 'pending' ? (batch.expiresAt ?? []) : [])));
  const resultsUntil = earliest(open.flatMap((batch) => batch.resultsUntil ?? []));
  return { ...(expiresAt === undefined ? {} : { expiresAt }), ...(resultsUntil === undefined ? {} : { resultsUntil }) };
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : times.reduce((first, time) => Math.min(first, time));
}
