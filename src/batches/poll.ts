import { ProviderError } from '../errors.ts';
import type { BatchEntry, ShardEntry, ShardState } from '../ledger/ledger.ts';
import type { Batch, BatchProblem } from '../providers/provider.ts';
import { pollDelay } from './backoff.ts';
import { assertAcceptable } from './breaker.ts';
import { batchEntryOf, callOptions } from './mapping.ts';
import { placedProblems } from './sent-records.ts';
import type { StepEnd, Work } from './work.ts';

/** Pause before a batch that found the provider's queue full, or its file not there yet, is created again. */
const createAgainMs = 60_000;
/** How often the input file of a shard may be unknown to the provider before that is believed. */
const mostUnknownFiles = 3;

/** Looks at a batch once. */
export async function poll(shard: ShardEntry, batchId: string, work: Work): Promise<StepEnd> {
  const { ledger, clock } = work;
  const batch = await work.provider.retrieve(batchId, callOptions(work));
  const now = clock.now();
  const entry = batchEntryOf(batch, shard.number, now);
  const state = stateOf(batch);
  const known = await ledger.batch(batchId);
  if (state !== shard.state || !known || hasChanged(known, entry)) await ledger.recordPoll(entry, state, now);
  if (isTakenOn(batch)) work.admission.accept(shard);
  if (state !== 'submitted') work.admission.leave(shard);
  if (state === 'failed') work.budget?.release(shard);
  const again = state === 'failed' ? await createAgain(shard, batch.problems, work) : undefined;
  if (again) return again;
  const problems = state === 'submitted' ? [] : await placedProblems(shard, batch.problems, work);
  if (state !== 'submitted') work.onEvent?.({ type: 'shard', shard, state, batch: entry, problems });
  if (state === 'failed') await assertAcceptable(shard, problems, work);
  return { state, waitMs: state === 'submitted' ? pollDelay(now - entry.createdAt, work.pollIntervalMs) : 0 };
}

/** True once the provider works on a batch, or has: OpenAI makes one before it knows whether there is room for it. */
function isTakenOn({ status, rawStatus }: Batch): boolean {
  return status === 'ended' || (status === 'pending' && !/validat/i.test(rawStatus));
}

/** A look that shows nothing new need not be written. */
function hasChanged({ rawStatus, counts, resultFiles }: BatchEntry, now: BatchEntry): boolean {
  if (JSON.stringify(resultFiles) !== JSON.stringify(now.resultFiles)) return true;
  return rawStatus !== now.rawStatus || counts.total !== now.counts.total || counts.succeeded !== now.counts.succeeded || counts.failed !== now.counts.failed;
}

/** The state of a shard whose batch looks like this. */
export function stateOf({ status, resultFiles }: Batch): ShardState {
  // Even a batch that failed may have finished some records: what it wrote is read.
  if (status === 'failed') return resultFiles.length > 0 ? 'ended' : 'failed';
  return status === 'pending' ? 'submitted' : 'ended';
}

/** OpenAI accepts a create and fails the batch later when too many tokens are enqueued: nothing ran, nothing was charged. */
function queueWasFull({ code }: BatchProblem): boolean {
  return code === 'token_limit_exceeded';
}

/** A new file may not be visible to validation for a moment (curator#116): nothing ran, nothing was charged. */
function fileWasUnknown({ code, param }: BatchProblem): boolean {
  return code === 'invalid_request' && (param === 'file_id' || param === 'input_file_id');
}

/** Makes the shard ready for another create call, where the batch failed for a cause that passes; `undefined` where it does not. */
async function createAgain(shard: ShardEntry, problems: readonly BatchProblem[], work: Work): Promise<StepEnd | undefined> {
  const full = problems.find(queueWasFull);
  const unknown = problems.find(fileWasUnknown);
  if (full) {
    work.admission.learn(shard, full.message);
    return backTo(shard.fileId === undefined ? 'built' : 'uploaded', `The provider's queue is full: ${full.message}`, shard, work);
  }
  if (!unknown) return undefined;
  const earlier = (await work.ledger.batches()).filter((batch) => batch.shard === shard.number && batch.problems.some(fileWasUnknown)).length;
  if (earlier >= mostUnknownFiles) return undefined;
  // The same file once more; then it is uploaded anew, for it may have expired.
  return backTo(earlier === 1 ? 'uploaded' : 'built', `The provider did not find the uploaded file: ${unknown.message}`, shard, work);
}

async function backTo(state: 'built' | 'uploaded', message: string, shard: ShardEntry, work: Work): Promise<StepEnd> {
  await work.ledger.resetShard(shard.number, state);
  const waitMs = Math.min(createAgainMs, work.pollIntervalMs);
  const error = new ProviderError('rate_limited', message, { shard: shard.number });
  work.onEvent?.({ type: 'delayed', shard: shard.number, error, waitMs });
  return { state, waitMs };
}
