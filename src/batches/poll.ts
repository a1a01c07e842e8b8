import { ProviderError } from '../errors.ts';
import type { BatchEntry, ShardEntry, ShardState } from '../ledger/ledger.ts';
import type { Batch, BatchProblem } from '../providers/provider.ts';
import { pollDelay } from './backoff.ts';
import { batchEntryOf, callOptions } from './mapping.ts';
import type { StepEnd, Work } from './work.ts';

/** How long a batch that says `completed` may take to name its files (litellm met late ids). */
const lateFilesMs = 60_000;
/** Pause before a batch that found the provider's queue full is created again. */
const queueFullMs = 60_000;

/** Looks at a batch once. */
export async function poll(shard: ShardEntry, batchId: string, work: Work): Promise<StepEnd> {
  const { ledger, clock } = work;
  const batch = await work.provider.retrieve(batchId, callOptions(work));
  const now = clock.now();
  const entry = batchEntryOf(batch, shard.number, now);
  const state = stateOf(batch, now);
  const known = await ledger.batch(batchId);
  if (state !== shard.state || !known || hasChanged(known, entry)) await ledger.recordPoll(entry, state, now);
  if (state !== 'submitted') work.admission.leave(shard);
  const full = state === 'failed' ? batch.problems.find(queueWasFull) : undefined;
  if (full) {
    work.admission.learn(shard, full.message);
    return createAgain(shard, full, work);
  }
  if (state !== 'submitted') work.onEvent?.({ type: 'shard', shard, state, batch: entry });
  return { state, waitMs: state === 'submitted' ? pollDelay(now - entry.createdAt, work.pollIntervalMs) : 0 };
}

/** A look that shows nothing new need not be written. */
function hasChanged({ rawStatus, counts }: BatchEntry, now: BatchEntry): boolean {
  return rawStatus !== now.rawStatus || counts.total !== now.counts.total || counts.succeeded !== now.counts.succeeded || counts.failed !== now.counts.failed;
}

/** The state of a shard whose batch looks like this. */
export function stateOf(batch: Batch, now: number): ShardState {
  // Even a batch that failed may have finished some records: what it wrote is read.
  if (batch.status === 'failed') return batch.resultFiles.length > 0 ? 'ended' : 'failed';
  if (batch.status === 'pending' || filesAreLate(batch, now)) return 'submitted';
  return 'ended';
}

function filesAreLate({ rawStatus, resultFiles, counts, endedAt }: Batch, now: number): boolean {
  const expected = rawStatus.toLowerCase() === 'completed' && counts.succeeded + counts.failed > 0;
  return expected && resultFiles.length === 0 && endedAt !== undefined && now - endedAt < lateFilesMs;
}

/** OpenAI accepts a create and fails the batch later when too many tokens are enqueued: nothing ran, nothing was charged. */
function queueWasFull({ code }: BatchProblem): boolean {
  return code === 'token_limit_exceeded';
}

async function createAgain(shard: ShardEntry, problem: BatchProblem, work: Work): Promise<StepEnd> {
  const state = shard.fileId === undefined ? 'built' : 'uploaded';
  await work.ledger.resetShard(shard.number, state);
  const waitMs = Math.min(queueFullMs, work.pollIntervalMs);
  const error = new ProviderError('rate_limited', `The provider's queue is full: ${problem.message}`, { shard: shard.number });
  work.onEvent?.({ type: 'delayed', shard: shard.number, error, waitMs });
  return { state, waitMs };
}
