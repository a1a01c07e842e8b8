import { StateError } from '../errors.ts';
import type { IntentEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Batch } from '../providers/provider.ts';
import { adopt, batchMetadata } from './submit.ts';
import type { StepEnd, Work } from './work.ts';

/** Clocks differ; a batch made this long before the intent may still be ours. */
const clockSkewMs = 5 * 60_000;

/**
 * Settles an intent whose answer is not known. An upload is simply sent again. For a create the provider is asked: a batch
 * that is ours is adopted. "Not there" is believed only after two whole listings `absenceMs` apart, because a new batch may
 * take a while to appear; only then may the shard be sent again.
 *
 * @throws StateError `create_in_doubt` while it is not settled: look again later
 */
export async function reconcile(shard: ShardEntry, intent: IntentEntry, work: Work): Promise<StepEnd> {
  const { ledger, clock } = work;
  if (intent.kind === 'upload') {
    await ledger.settleIntent(intent.id, 'lost', clock.now());
    return { state: shard.state, waitMs: 0 };
  }
  const [ours] = oldestFirst(await candidates(shard, intent, work));
  if (ours) return adopt(shard, intent.id, ours, work);
  return absent(shard, intent, work);
}

async function candidates(shard: ShardEntry, intent: IntentEntry, work: Work): Promise<Batch[]> {
  const known = new Set((await work.ledger.batches()).map(({ id }) => id));
  const found = await work.provider.find(
    {
      metadata: batchMetadata(shard, work),
      ...(shard.fileId === undefined ? {} : { fileId: shard.fileId }),
      requestCount: shard.requestCount,
      createdAfter: intent.startedAt - clockSkewMs,
    },
    work.signal ? { signal: work.signal } : {},
  );
  return found.filter(({ id }) => !known.has(id));
}

async function absent(shard: ShardEntry, intent: IntentEntry, work: Work): Promise<StepEnd> {
  const now = work.clock.now();
  if (intent.absentSince === undefined) await work.ledger.noteAbsent(intent.id, now);
  const sinceMs = now - (intent.absentSince ?? now);
  if (intent.absentSince !== undefined && sinceMs >= work.absenceMs) {
    await work.ledger.settleIntent(intent.id, 'lost', now);
    return { state: shard.state, waitMs: 0 };
  }
  throw new StateError('create_in_doubt', `Shard ${shard.number}: the answer to its create call was lost and the provider does not list its batch yet. It is looked for again before anything is sent.`, {
    shard: shard.number,
    retryAfterMs: Math.max(0, work.absenceMs - sinceMs),
  });
}

function oldestFirst(batches: readonly Batch[]): Batch[] {
  return batches.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
}
