import { sql, type ColumnType, type Generated, type Kysely } from 'kysely';

/** Raised with every change of the tables; kept in the `run` table. */
export const schemaVersion = 2;

/** A 64-bit integer: Postgres hands it over as text, SQLite as a number. */
type Int8 = ColumnType<number | string, number, number>;
type NullableInt8 = ColumnType<number | string | null, number | null, number | null>;

/** The tables of a ledger. Times are Unix milliseconds; lists and objects are JSON text. */
export interface Tables {
  run: {
    id: string;
    schema_version: number;
    tag: string;
    provider: string;
    account: string;
    description: string;
    state: string;
    records: Int8;
    header: string | null;
    fields: string;
    created_at: Int8;
  };
  stretches: { number: number; file: string; record_count: number; bytes: Int8 };
  shards: {
    number: number;
    round: number;
    file: string;
    endpoint: string;
    model: string | null;
    request_count: number;
    bytes: Int8;
    sha256: string;
    first_index: Int8;
    last_index: Int8;
    members: string | null;
    via: string;
    state: string;
    file_id: string | null;
    batch_id: string | null;
  };
  intents: {
    id: Generated<number>;
    shard: number;
    kind: string;
    position: number | null;
    started_at: Int8;
    absent_since: NullableInt8;
    settled_at: NullableInt8;
    end_state: string | null;
    detail: string | null;
  };
  batches: {
    id: string;
    shard: number;
    status: string;
    raw_status: string;
    total: number;
    succeeded: number;
    failed: number;
    problems: string;
    result_files: string;
    created_at: Int8;
    ended_at: NullableInt8;
    expires_at: NullableInt8;
    results_until: NullableInt8;
    checked_at: Int8;
    canceled_by_user: number;
  };
  results: { batch_id: string; shard: number; kind: string; file: string; bytes: Int8; fetched_at: Int8 };
  notes: { name: string; value: string };
  removals: { id: string; removed_at: Int8 };
}

/** Creates the tables that are not there yet. */
export async function createTables(database: Kysely<Tables>, autoIncrement: 'sqlite' | 'postgres'): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('run')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('schema_version', 'integer', (column) => column.notNull())
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('records', 'bigint', (column) => column.notNull())
    .addColumn('header', 'text')
    .addColumn('fields', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('stretches')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('file', 'text', (column) => column.notNull())
    .addColumn('record_count', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('shards')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('round', 'integer', (column) => column.notNull())
    .addColumn('file', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('model', 'text')
    .addColumn('request_count', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('first_index', 'bigint', (column) => column.notNull())
    .addColumn('last_index', 'bigint', (column) => column.notNull())
    .addColumn('members', 'text')
    .addColumn('via', 'text', (column) => column.notNull().defaultTo('batch'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('file_id', 'text')
    .addColumn('batch_id', 'text')
    .execute();
  await schema
    .createTable('intents')
    .ifNotExists()
    .addColumn('id', autoIncrement === 'postgres' ? 'serial' : 'integer', (column) => column.primaryKey())
    .addColumn('shard', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('position', 'integer')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('absent_since', 'bigint')
    .addColumn('settled_at', 'bigint')
    .addColumn('end_state', 'text')
    .addColumn('detail', 'text')
    .execute();
  await schema
    .createTable('batches')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('shard', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('raw_status', 'text', (column) => column.notNull())
    .addColumn('total', 'integer', (column) => column.notNull())
    .addColumn('succeeded', 'integer', (column) => column.notNull())
    .addColumn('failed', 'integer', (column) => column.notNull())
    .addColumn('problems', 'text', (column) => column.notNull())
    .addColumn('result_files', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('results_until', 'bigint')
    .addColumn('checked_at', 'bigint', (column) => column.notNull())
    .addColumn('canceled_by_user', 'integer', (column) => column.notNull())
    .execute();
  await schema
    .createTable('results')
    .ifNotExists()
    .addColumn('batch_id', 'text', (column) => column.notNull())
    .addColumn('shard', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('file', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('fetched_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('results_key', ['batch_id', 'kind'])
    .execute();
  await schema
    .createTable('notes')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('removals')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('removed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('open_intents').ifNotExists().on('intents').column('shard').where(sql.ref('settled_at'), 'is', null).execute();
}
