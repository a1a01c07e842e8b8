import type { Transaction } from 'kysely';
import type { Tables } from './schema.ts';

type Writing = Transaction<Tables>;

/**
 * Takes a batch away from a shard that had adopted it, and gives it to its owner. The shard's create call is in doubt again, unless
 * the owner held a batch that it had adopted the same way: then that one may be the shard's.
 *
 * @param owner number of the shard whose results were found in it; `undefined` if no shard of the run is
 */
export async function disownBatch(transaction: Writing, shard: number, batchId: string, owner: number | undefined, at: number): Promise<void> {
  const { batch_id: held } = await transaction.selectFrom('shards').select('batch_id').where('number', '=', shard).executeTakeFirstOrThrow();
  // Its owner has been found already, by the step of another shard.
  if (held !== batchId) return;
  const intent = await createIntentOf(transaction, shard, batchId);
  await release(transaction, shard, intent);
  const other = owner === undefined ? undefined : await claimOf(transaction, owner);
  // Kept under shard 0, a batch is known and never adopted again.
  if (owner === undefined || !other) return assign(transaction, batchId, 0);
  await take(transaction, owner, { batchId, intent: other.intent, end: 'done', state: 'ended', at });
  if (other.batchId !== null) await take(transaction, shard, { batchId: other.batchId, intent, end: 'adopted', state: 'submitted', at });
}

/** What a shard has to do with batches whose owner is not proven: its create call in doubt, or the batch it has adopted. */
async function claimOf(transaction: Writing, shard: number): Promise<{ intent: number; batchId: string | null } | undefined> {
  const { batch_id: held } = await transaction.selectFrom('shards').select('batch_id').where('number', '=', shard).executeTakeFirstOrThrow();
  const creates = transaction.selectFrom('intents').select('id').where('shard', '=', shard).where('kind', '=', 'create');
  const ofClaim = held === null ? creates.where('settled_at', 'is', null) : creates.where('end_state', '=', 'adopted').where('detail', '=', held);
  const intent = await ofClaim.executeTakeFirst();
  return intent && { intent: intent.id, batchId: held };
}

async function createIntentOf(transaction: Writing, shard: number, batchId: string): Promise<number> {
  const intents = transaction.selectFrom('intents').select('id').where('shard', '=', shard).where('kind', '=', 'create').where('detail', '=', batchId);
  return (await intents.executeTakeFirstOrThrow()).id;
}

async function release(transaction: Writing, shard: number, intent: number): Promise<void> {
  const reopened = { settled_at: null, end_state: null, detail: null, absent_since: null };
  await transaction.updateTable('intents').set(reopened).where('id', '=', intent).execute();
  await transaction.updateTable('shards').set({ state: 'built', batch_id: null }).where('number', '=', shard).execute();
}

interface Taken {
  readonly batchId: string;
  readonly intent: number;
  readonly end: 'done' | 'adopted';
  readonly state: 'submitted' | 'ended';
  readonly at: number;
}

async function take(transaction: Writing, shard: number, { batchId, intent, end, state, at }: Taken): Promise<void> {
  await transaction.updateTable('intents').set({ settled_at: at, end_state: end, detail: batchId }).where('id', '=', intent).execute();
  await transaction.updateTable('shards').set({ state, batch_id: batchId }).where('number', '=', shard).execute();
  await assign(transaction, batchId, shard);
}

async function assign(transaction: Writing, batchId: string, shard: number): Promise<void> {
  await transaction.updateTable('batches').set({ shard }).where('id', '=', batchId).execute();
}
