import type { Insertable, Kysely, Selectable, Transaction } from 'kysely';
import { StateError } from '../errors.ts';
import type { BatchEntry, BuiltRun, IntentEnd, IntentEntry, IntentKind, Ledger, ResultEntry, RunEntry, SendEntry, ShardEntry, ShardState, ShardVia, StretchEntry } from './ledger.ts';
import { disownBatch } from './ownership.ts';
import { migrateTables } from './migrate.ts';
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
      for (const table of ['run', 'stretches', 'shards', 'batches', 'results'] as const) await transaction.deleteFrom(table).execute();
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
    const rows = await this.#database.selectFrom('stretches').selectAll().orderBy('number').execute();
    return rows.map((row) => ({ number: row.number, file: row.file, recordCount: row.record_count, bytes: Number(row.bytes) }));
  }

  async batches(): Promise<BatchEntry[]> {
    return (await this.#database.selectFrom('batches').selectAll().orderBy('shard').orderBy('created_at').execute()).map(batchEntry);
  }

  async batch(id: string): Promise<BatchEntry | undefined> {
    const row = await this.#database.selectFrom('batches').selectAll().where('id', '=', id).executeTakeFirst();
    return row && batchEntry(row);
  }

  async results(): Promise<ResultEntry[]> {
    const rows = await this.#database.selectFrom('results').selectAll().orderBy('shard').orderBy('kind', 'desc').execute();
    // `kind` is written by this file alone.
    return rows.map((row) => ({ batchId: row.batch_id, shard: row.shard, kind: row.kind as ResultEntry['kind'], file: row.file, bytes: Number(row.bytes) }));
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
    const rows = await this.#database.selectFrom('intents').selectAll().where('kind', '=', 'send').orderBy('id').execute();
    return rows.map(sendEntry);
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

// Rows to entries and back. The casts below name columns whose values this file alone writes.

function runRow(run: RunEntry): Insertable<Tables['run']> {
  const { id, tag, provider, account, state, records, createdAt } = run;
  return {
    id,
    schema_version: schemaVersion,
    tag,
    provider,
    account,
    description: JSON.stringify(run.description),
    state,
    records,
    header: run.header ? JSON.stringify(run.header) : null,
    fields: JSON.stringify(run.fields),
    created_at: createdAt,
  };
}

function runEntry(row: Selectable<Tables['run']>): RunEntry {
  return {
    id: row.id,
    tag: row.tag,
    provider: row.provider,
    account: row.account,
    description: JSON.parse(row.description) as RunEntry['description'],
    state: row.state as RunEntry['state'],
    records: Number(row.records),
    ...(row.header === null ? {} : { header: JSON.parse(row.header) as NonNullable<RunEntry['header']> }),
    fields: JSON.parse(row.fields) as string[],
    createdAt: Number(row.created_at),
  };
}

function shardRow(shard: ShardEntry): Insertable<Tables['shards']> {
  const { number, round, file, endpoint, bytes, sha256, state } = shard;
  return {
    number,
    round,
    file,
    endpoint,
    model: shard.model ?? null,
    request_count: shard.requestCount,
    bytes,
    sha256,
    first_index: shard.firstIndex,
    last_index: shard.lastIndex,
    members: shard.members ?? null,
    via: shard.via,
    state,
    file_id: shard.fileId ?? null,
    batch_id: shard.batchId ?? null,
  };
}

function shardEntry(row: Selectable<Tables['shards']>): ShardEntry {
  return {
    number: row.number,
    round: row.round,
    file: row.file,
    endpoint: row.endpoint,
    ...(row.model === null ? {} : { model: row.model }),
    requestCount: row.request_count,
    bytes: Number(row.bytes),
    sha256: row.sha256,
    firstIndex: Number(row.first_index),
    lastIndex: Number(row.last_index),
    ...(row.members === null ? {} : { members: row.members }),
    via: row.via as ShardVia,
    state: row.state as ShardState,
    ...(row.file_id === null ? {} : { fileId: row.file_id }),
    ...(row.batch_id === null ? {} : { batchId: row.batch_id }),
  };
}

function batchRow(batch: BatchEntry, checkedAt: number): Insertable<Tables['batches']> {
  return {
    id: batch.id,
    shard: batch.shard,
    status: batch.status,
    raw_status: batch.rawStatus,
    ...batch.counts,
    problems: JSON.stringify(batch.problems),
    result_files: JSON.stringify(batch.resultFiles),
    created_at: batch.createdAt,
    ended_at: batch.endedAt ?? null,
    expires_at: batch.expiresAt ?? null,
    results_until: batch.resultsUntil ?? null,
    checked_at: checkedAt,
    canceled_by_user: batch.canceledByUser ? 1 : 0,
  };
}

function batchEntry(row: Selectable<Tables['batches']>): BatchEntry {
  return {
    id: row.id,
    shard: row.shard,
    status: row.status as BatchEntry['status'],
    rawStatus: row.raw_status,
    counts: { total: row.total, succeeded: row.succeeded, failed: row.failed },
    problems: JSON.parse(row.problems) as BatchEntry['problems'],
    resultFiles: JSON.parse(row.result_files) as BatchEntry['resultFiles'],
    createdAt: Number(row.created_at),
    ...(row.ended_at === null ? {} : { endedAt: Number(row.ended_at) }),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.results_until === null ? {} : { resultsUntil: Number(row.results_until) }),
    canceledByUser: row.canceled_by_user === 1,
  };
}

function intentEntry(row: Selectable<Tables['intents']>): IntentEntry {
  return {
    id: row.id,
    shard: row.shard,
    kind: row.kind as IntentKind,
    startedAt: Number(row.started_at),
    ...(row.absent_since === null ? {} : { absentSince: Number(row.absent_since) }),
  };
}

function sendEntry({ id, shard, position, started_at: startedAt, settled_at: settledAt, end_state: end, detail }: Selectable<Tables['intents']>): SendEntry {
  return {
    id,
    shard,
    position: position ?? 0,
    startedAt: Number(startedAt),
    ...(settledAt === null ? {} : { settledAt: Number(settledAt) }),
    ...(end === null ? {} : { end: end as IntentEnd }),
    ...(detail === null ? {} : { error: JSON.parse(detail) as NonNullable<SendEntry['error']> }),
  };
}
