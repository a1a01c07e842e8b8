import type { Kysely, Transaction } from 'kysely';
import { schemaVersion, type Tables } from './schema.ts';

/**
 * Brings the tables of an older millrace up to this version, where there are such; what they hold stays. A process of the older
 * version that has them open is not disturbed: only columns are added, which it leaves at their defaults.
 */
export async function migrateTables(database: Kysely<Tables>): Promise<void> {
  if (!(await isOlder(database))) return;
  await database.transaction().execute(async (transaction) => {
    // Writing first takes the lock: of two processes that open an old ledger at once, the second finds it migrated.
    await transaction.updateTable('run').set({ schema_version: schemaVersion }).execute();
    if (await isOlder(transaction)) await toVersion2(transaction);
  });
}

/** True for tables of version 1. The columns tell, because a run whose build never began has no row that holds its version. */
async function isOlder(database: Kysely<Tables>): Promise<boolean> {
  const shards = (await database.introspection.getTables()).find(({ name }) => name === 'shards');
  return shards !== undefined && shards.columns.every(({ name }) => name !== 'via');
}

/** Version 2: single requests that go to the synchronous endpoint, and how long results are kept. */
async function toVersion2({ schema }: Transaction<Tables>): Promise<void> {
  await schema.alterTable('shards').addColumn('via', 'text', (column) => column.notNull().defaultTo('batch')).execute();
  await schema.alterTable('intents').addColumn('position', 'integer').execute();
  await schema.alterTable('batches').addColumn('results_until', 'bigint').execute();
}
