import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SqliteDatabase } from 'kysely';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { build, chat, openRun, run } from '../../src/index.ts';
import { openSqlite } from '../../src/ledger/sqlite-driver.ts';
import { ledgerFile, openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { connect, temporary } from '../run/setting.ts';

const tables = ['run', 'stretches', 'shards', 'intents', 'batches', 'results'] as const;
const version1 = readFileSync(join(import.meta.dirname, 'fixtures/version-1.sql'), 'utf8');

const rowsOf = (database: SqliteDatabase, table: string) => database.prepare(`select * from ${table}`).all([]) as Record<string, unknown>[];
const columnsOf = (database: SqliteDatabase, table: string) => (database.prepare(`select name from pragma_table_info('${table}')`).all([]) as { name: string }[]).map(({ name }) => name);

/** Makes a ledger with the tables of version 1, empty or with the rows that another one holds. */
async function writeVersion1(directory: string, rows: Readonly<Record<string, readonly Record<string, unknown>[]>> = {}): Promise<void> {
  const path = join(directory, ledgerFile);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  const database = await openSqlite(path);
  for (const statement of version1.replaceAll(/^--.*$/gm, '').split(';\n')) if (statement.trim() !== '') database.prepare(statement).run([]);
  for (const [table, held] of Object.entries(rows)) {
    const columns = columnsOf(database, table);
    const insert = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;
    for (const row of held) database.prepare(insert).run(columns.map((column) => (column === 'schema_version' ? 1 : row[column])));
  }
  database.close();
}

test('a run that an older millrace sent is finished with this one', async () => {
  const emulator = await startEmulator({ faults: ['row=2 attempts=1 error=500'] });
  const directory = join(temporary(), 'run');
  const options = {
    source: ['a', 'b', 'c'].map((text) => ({ text })),
    directory,
    provider: connect('openai', emulator.url),
    request: chat<{ text: string }>({ model: 'gpt-4o', prompt: ({ text }) => text }),
    finishSync: true,
    pollIntervalMs: 250,
    graceMs: 50,
  };
  await build(options);
  await (await openRun(directory, options)).submit();
  const now = await openSqlite(join(directory, ledgerFile));
  const rows = Object.fromEntries(tables.map((table) => [table, rowsOf(now, table)]));
  now.close();
  await writeVersion1(directory, rows);
  expect(rows['batches']).toHaveLength(1);
  expect(await run(options)).toMatchObject({ outcomes: { succeeded: 3 }, batches: 1, attempts: 4, synchronous: 1 });
  await emulator.close();
  const migrated = await openSqlite(join(directory, ledgerFile));
  expect(rowsOf(migrated, 'run')).toMatchObject([{ schema_version: 2 }]);
  expect(rowsOf(migrated, 'shards')).toMatchObject([{ number: 1, via: 'batch', state: 'fetched' }, { number: 2, via: 'send', state: 'fetched' }]);
  expect(rowsOf(migrated, 'intents')).toMatchObject([{ kind: 'upload', position: null }, { kind: 'create', position: null }, { kind: 'send', position: 0, end_state: 'done' }]);
  migrated.close();
});

test('old tables without a run get the columns of new ones, once', async () => {
  const directory = temporary();
  await writeVersion1(directory);
  for (let times = 0; times < 2; times += 1) {
    const ledger = await openSqliteLedger(directory);
    expect(await ledger.shards()).toEqual([]);
    await ledger.close();
  }
  const other = temporary();
  await (await openSqliteLedger(other)).close();
  const [migrated, fresh] = [await openSqlite(join(directory, ledgerFile)), await openSqlite(join(other, ledgerFile))];
  for (const table of tables) expect(columnsOf(migrated, table).toSorted()).toEqual(columnsOf(fresh, table).toSorted());
  migrated.close();
  fresh.close();
});
