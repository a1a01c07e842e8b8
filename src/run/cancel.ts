import { cancelUnlessEnded } from '../batches/cancel.ts';
import { batchEntryOf } from '../batches/mapping.ts';
import { settleDoubt } from '../batches/submit.ts';
import type { Work } from '../batches/work.ts';
import type { RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { DriveOptions } from './options.ts';
import { workOf, type Session } from './session.ts';

/**
 * Asks the provider to cancel the batches of a run that are under way, and no others. A create call whose answer was lost is
 * settled first, for its batch may be running unknown; the batches that are known do not wait for that.
 *
 * @throws StateError `create_in_doubt` where such a batch is not listed yet: cancel again later
 */
export async function cancelBatches(session: Session, entry: RunEntry, options: DriveOptions): Promise<void> {
  const work = await workOf(session, entry, options, () => undefined);
  const shards = await work.ledger.shards();
  for (const shard of shards) await cancelSubmitted(shard, work);
  for (const shard of shards) {
    const doubt = await work.ledger.pendingIntent(shard.number);
    if (doubt?.kind !== 'create') continue;
    await settleDoubt(shard, doubt, work);
    await cancelSubmitted(await work.ledger.shard(shard.number), work);
  }
}

async function cancelSubmitted(shard: ShardEntry | undefined, work: Work): Promise<void> {
  if (shard?.state !== 'submitted' || shard.batchId === undefined) return;
  await work.ledger.noteCancel(shard.batchId);
  const batch = await cancelUnlessEnded(shard.batchId, work);
  const now = work.clock.now();
  // What follows from a batch that failed is for the next look at it.
  await work.ledger.recordPoll(batchEntryOf(batch, shard.number, now), batch.status === 'ended' ? 'ended' : 'submitted', now);
}
