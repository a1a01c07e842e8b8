import { StateError } from '../errors.ts';
import type { IntentEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Batch, RemoteFile } from '../providers/provider.ts';
import { cancelUnlessEnded } from './cancel.ts';
import { batchMetadata, callOptions, uploadOf } from './mapping.ts';
import type { Work } from './work.ts';

/** This machine's clock may be a day ahead of the provider's; a batch must not be overlooked for that. */
const clockErrorMs = 26 * 3_600_000;

/**
 * Looks for the file of an upload whose answer was lost. Where there is none, or the provider cannot tell, the shard is
 * uploaded again: that costs nothing.
 */
export async function reconcileUpload(shard: ShardEntry, intent: IntentEntry, work: Work): Promise<RemoteFile | undefined> {
  const { name, bytes } = await uploadOf(shard, work);
  const file = await work.provider.findFile?.({ name, bytes, createdAfter: intent.startedAt - clockErrorMs }, callOptions(work));
  if (!file) await work.ledger.settleIntent(intent.id, 'lost', work.clock.now());
  return file;
}

/**
 * Looks for the batch of a create call whose answer was lost. "Not there" is believed only after two whole listings
 * `absenceMs` apart, because a new batch may take a while to appear; only then may the shard be sent again.
 *
 * @returns the batch to adopt; `undefined` if it was proved that there is none
 * @throws StateError `create_in_doubt` while it is not settled: look again later
 */
export async function reconcileCreate(shard: ShardEntry, intent: IntentEntry, work: Work): Promise<Batch | undefined> {
  const { free, held } = await candidates(shard, intent, work);
  const [ours, ...surplus] = work.provider.tagsCustomIds ? nearestFirst(free, intent.startedAt) : oldestFirst(free);
  // A batch that another shard has adopted by time and count may be this one's: its results will tell.
  if (!ours && held) throw inDoubt(shard, 0, held.id);
  if (!ours) return absent(shard, intent, work);
  // Batches that are known by their metadata are all this shard's: one is enough. Where they can only be guessed by time and
  // count, another may be somebody else's, and is left alone.
  if (!work.provider.tagsCustomIds) for (const batch of surplus) await cancelSurplus(shard, batch, work);
  return ours;
}

/** The batches that nobody has, and one that another shard has and might lose. */
async function candidates(shard: ShardEntry, intent: IntentEntry, work: Work): Promise<{ readonly free: Batch[]; readonly held: Batch | undefined }> {
  const query = {
    metadata: batchMetadata(shard, work),
    ...(shard.fileId === undefined ? {} : { fileId: shard.fileId }),
    requestCount: shard.requestCount,
    createdAfter: intent.startedAt - clockErrorMs,
  };
  const found = await work.provider.find(query, callOptions(work));
  // A batch that another shard is just getting looks the same until its answer is noted, where only time and count tell.
  if (work.provider.tagsCustomIds && [...work.creating.values()].includes(shard.requestCount)) throw inDoubt(shard, 0);
  const known = new Set((await work.ledger.batches()).map(({ id }) => id));
  const unproven = new Set(await work.ledger.unproven());
  return { free: found.filter(({ id }) => !known.has(id)), held: found.find(({ id }) => unproven.has(id)) };
}

async function absent(shard: ShardEntry, intent: IntentEntry, { ledger, clock, absenceMs }: Work): Promise<undefined> {
  const now = clock.now();
  // A clock that was set back begins anew.
  const since = intent.absentSince !== undefined && intent.absentSince <= now ? intent.absentSince : undefined;
  if (since === undefined) await ledger.noteAbsent(intent.id, now);
  const sinceMs = now - (since ?? now);
  if (since !== undefined && sinceMs >= absenceMs) {
    await ledger.settleIntent(intent.id, 'lost', now);
    return undefined;
  }
  throw inDoubt(shard, Math.max(0, absenceMs - sinceMs));
}

/** @param batchId a batch whose results will tell more, if there is one */
function inDoubt(shard: ShardEntry, retryAfterMs: number, batchId?: string): StateError {
  const why = batchId === undefined ? 'the provider does not list its batch yet' : `batch ${batchId} may be its or another shard's, which its results will tell: wait for it and fetch it`;
  const message = `Shard ${shard.number}: the answer to its create call was lost and ${why}. It is looked for again before anything is sent.`;
  return new StateError('create_in_doubt', message, { shard: shard.number, retryAfterMs, ...(batchId === undefined ? {} : { batchId }) });
}

async function cancelSurplus(shard: ShardEntry, batch: Batch, work: Work): Promise<void> {
  work.onEvent?.({ type: 'surplus', shard, batchId: batch.id });
  await cancelUnlessEnded(batch.id, work);
}

/** Lists come newest first, and OpenAI's times are whole seconds: among equals the last listed is the oldest. */
function oldestFirst(batches: readonly Batch[]): Batch[] {
  return batches.toReversed().toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
}

/** Where time and count are all there is to go by, the batch made closest to our call is the likeliest. */
function nearestFirst(batches: readonly Batch[], time: number): Batch[] {
  const distance = ({ createdAt = time }: Batch) => Math.abs(createdAt - time);
  return batches.toSorted((a, b) => distance(a) - distance(b));
}
