import type { Kysely, Transaction } from 'kysely';
import { StateError } from '../errors.ts';
import type { BatchEntry, BuiltRun, IntentEnd, IntentEntry, IntentKind, Ledger, NoteName, Notes, ResultEntry, RunEntry, SendEntry, ShardEntry, ShardState, StretchEntry } from './ledger.ts';
import { migrateTables } from './migrate.ts';
import { disownBatch } from './ownership.ts';
import { batchEntry, batchRow, intentEntry, resultEntry, runEntry, runRow, sendEntry, shardEntry, shardRow, stretchEntry } from './rows.ts';
import { createTables, schemaVersion, type Tables } from './schema.ts';

/** The one implementation of {@link Ledger}, over any SQL database that Kysely speaks. */
export class KyselyLedger implements Ledger {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** Creates the tables where they are not there, brings older ones up to date, and refuses those of a newer millrace. */
  static async open(database: Kysely<Tables>, dialect: 'sqlite' | 'postgres'): Promise<KyselyLedger> {
    await migrateTables(database);
    await createTables(database, dialect);
    const row = await database.selectFrom('run').select('schema_version').executeTakeFirst();
    if (row && row.schema_version > schemaVersion) {
      throw new StateError('ledger_version', `This run was written by a newer millrace (ledger version ${row.schema_version}, this one reads ${schemaVersion}). Update millrace.`);
    }
    return new KyselyLedger(database);
  }

  async run(): Promise<RunEntry | undefined> {
    const row = await this.#database.selectFrom('run').selectAll().executeTakeFirst();
    return row && runEntry(row);
  }

  async beginBuild(run: RunEntry): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const table of ['run', 'stretches', 'shards', 'batches', 'results', 'notes', 'removals'] as const) await transaction.deleteFrom(table).execute();
      await transaction.insertInto('run').values(runRow(run)).execute();
    });
  }

  async endBuild(built: BuiltRun): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await insertShards(transaction, built.shards);
      for (const batch of built.batches) await transaction.insertInto('batches').values(batchRow(batch, batch.createdAt)).execute();
      const { created_at } = await transaction.selectFrom('run').select('created_at').executeTakeFirstOrThrow();
      await insertResults(transaction, built.results ?? [], Number(created_at));
      for (const { recordCount, ...stretch } of built.stretches) {
        await transaction.insertInto('stretches').values({ ...stretch, record_count: recordCount }).execute();
      }
      const { records, header, fields } = built;
      await transaction
        .updateTable('run')
        .set({ state: 'built', records, header: header ? JSON.stringify(header) : null, fields: JSON.stringify(fields) })
        .execute();
    });
  }

  async addShards(shards: readonly ShardEntry[]): Promise<void> {
    await this.#database.transaction().execute((transaction) => insertShards(transaction, shards));
  }

  async shards(): Promise<ShardEntry[]> {
    return (await this.#database.selectFrom('shards').selectAll().orderBy('number').execute()).map(shardEntry);
  }

  async shard(number: number): Promise<ShardEntry | undefined> {
    const row = await this.#database.selectFrom('shards').selectAll().where('number', '=', number).executeTakeFirst();
    return row && shardEntry(row);
  }

  async stretches(): Promise<StretchEntry[]> {
    return (await this.#database.selectFrom('stretches').selectAll().orderBy('number').execute()).map(stretchEntry);
  }

  async batches(): Promise<BatchEntry[]> {
    return (await this.#database.selectFrom('batches').selectAll().orderBy('shard').orderBy('created_at').execute()).map(batchEntry);
  }

  async batch(id: string): Promise<BatchEntry | undefined> {
    const row = await this.#database.selectFrom('batches').selectAll().where('id', '=', id).executeTakeFirst();
    return row && batchEntry(row);
  }

  async results(): Promise<ResultEntry[]> {
    return (await this.#database.selectFrom('results').selectAll().orderBy('shard').orderBy('kind', 'desc').execute()).map(resultEntry);
  }

  async openIntent(shard: number, kind: IntentKind, startedAt: number, position?: number): Promise<IntentEntry> {
    const { id } = await this.#database
      .insertInto('intents')
      .values({ shard, kind, position: position ?? null, started_at: startedAt })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id, shard, kind, startedAt };
  }

  async hasSent(): Promise<boolean> {
    const intents = this.#database.selectFrom('intents').select('id').limit(1);
    const sent = intents.where((where) => where.or([where('end_state', 'is', null), where('end_state', 'not in', ['refused', 'lost'])]));
    return (await sent.executeTakeFirst()) !== undefined;
  }

  async sends(): Promise<SendEntry[]> {
    return (await this.#database.selectFrom('intents').selectAll().where('kind', '=', 'send').orderBy('id').execute()).map(sendEntry);
  }

  async pendingIntent(shard: number): Promise<IntentEntry | undefined> {
    const row = await this.#database.selectFrom('intents').selectAll().where('shard', '=', shard).where('settled_at', 'is', null).executeTakeFirst();
    return row && intentEntry(row);
  }

  async noteAbsent(intentId: number, at: number): Promise<void> {
    await this.#database.updateTable('intents').set({ absent_since: at }).where('id', '=', intentId).execute();
  }

  async settleIntent(intentId: number, end: IntentEnd, at: number, detail?: string): Promise<void> {
    await settle(this.#database, intentId, end, at, detail);
  }

  async recordUpload(intentId: number, shard: number, fileId: string, at: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await settle(transaction, intentId, 'done', at, fileId);
      await transaction.updateTable('shards').set({ file_id: fileId, state: 'uploaded' }).where('number', '=', shard).execute();
    });
  }

  async recordCreate(intentId: number, batch: BatchEntry, at: number, end: 'done' | 'adopted' = 'done'): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await settle(transaction, intentId, end, at, batch.id);
      await transaction.insertInto('batches').values(batchRow(batch, at)).execute();
      await transaction.updateTable('shards').set({ batch_id: batch.id, state: 'submitted' }).where('number', '=', batch.shard).execute();
    });
  }

  async recordPoll(batch: BatchEntry, state: ShardState, at: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const { canceled_by_user: _kept, shard, ...seen } = batchRow(batch, at);
      await transaction.updateTable('batches').set(seen).where('id', '=', batch.id).execute();
      // A batch may have been given to another shard while it was looked at.
      await transaction.updateTable('shards').set({ state }).where('number', '=', shard).where('batch_id', '=', batch.id).execute();
    });
  }

  async recordFetch(shard: number, results: readonly ResultEntry[], at: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await insertResults(transaction, results, at);
      await transaction.updateTable('shards').set({ state: 'fetched' }).where('number', '=', shard).execute();
    });
  }

  async unproven(): Promise<string[]> {
    const adopted = this.#database
      .selectFrom('shards')
      .innerJoin('intents', (join) => join.onRef('intents.shard', '=', 'shards.number').onRef('intents.detail', '=', 'shards.batch_id'))
      .select('intents.detail')
      .where('intents.end_state', '=', 'adopted')
      .where('shards.state', 'in', ['submitted', 'ended']);
    return (await adopted.execute()).flatMap(({ detail }) => detail ?? []);
  }

  async disown(shard: number, batchId: string, owner: number | undefined, at: number): Promise<void> {
    await this.#database.transaction().execute((transaction) => disownBatch(transaction, shard, batchId, owner, at));
  }

  async noteCancel(batchId: string): Promise<void> {
    await this.#database.updateTable('batches').set({ canceled_by_user: 1 }).where('id', '=', batchId).execute();
  }

  async resetShard(shard: number, state: 'built' | 'uploaded'): Promise<void> {
    const file = state === 'built' ? { file_id: null } : {};
    await this.#database.updateTable('shards').set({ state, batch_id: null, ...file }).where('number', '=', shard).execute();
  }

  async noted<Name extends NoteName>(name: Name): Promise<Notes[Name] | undefined> {
    const row = await this.#database.selectFrom('notes').select('value').where('name', '=', name).executeTakeFirst();
    // `note` alone writes it.
    return row && (JSON.parse(row.value) as Notes[Name]);
  }

  async note<Name extends NoteName>(name: Name, value: Notes[Name]): Promise<void> {
    const text = JSON.stringify(value);
    await this.#database.insertInto('notes').values({ name, value: text }).onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text })).execute();
  }

  async uploads(): Promise<string[]> {
    const arrived = this.#database.selectFrom('intents').select('detail').where('kind', '=', 'upload').where('end_state', '=', 'done').orderBy('id');
    const current = this.#database.selectFrom('shards').select('file_id').where('file_id', 'is not', null).orderBy('number');
    const ids = [...(await arrived.execute()).map(({ detail }) => detail), ...(await current.execute()).map(({ file_id: id }) => id)];
    return [...new Set(ids)].flatMap((id) => id ?? []);
  }

  async adoptions(): Promise<string[]> {
    const adopted = this.#database.selectFrom('intents').select('detail').where('kind', '=', 'create').where('end_state', '=', 'adopted');
    return (await adopted.execute()).flatMap(({ detail }) => detail ?? []);
  }

  async removals(): Promise<string[]> {
    return (await this.#database.selectFrom('removals').select('id').execute()).map(({ id }) => id);
  }

  async recordRemoval(id: string, at: number): Promise<void> {
    await this.#database.insertInto('removals').values({ id, removed_at: at }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }
}

async function settle(database: Kysely<Tables>, intentId: number, end: IntentEnd, at: number, detail?: string): Promise<void> {
  await database.updateTable('intents').set({ settled_at: at, end_state: end, detail: detail ?? null }).where('id', '=', intentId).execute();
}

async function insertShards(transaction: Transaction<Tables>, shards: readonly ShardEntry[]): Promise<void> {
  for (const shard of shards) await transaction.insertInto('shards').values(shardRow(shard)).execute();
}

async function insertResults(transaction: Transaction<Tables>, results: readonly ResultEntry[], at: number): Promise<void> {
  for (const { batchId, ...result } of results) await transaction.insertInto('results').values({ ...result, batch_id: batchId, fetched_at: at }).execute();
}
