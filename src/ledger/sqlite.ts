import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { KyselyLedger } from './kysely-ledger.ts';
import type { Ledger } from './ledger.ts';
import type { Tables } from './schema.ts';
import { openSqlite } from './sqlite-driver.ts';

/** File name of the ledger in a run directory. */
export const ledgerFile = 'ledger.sqlite';

/** True if the directory holds a run. */
export function hasLedger(directory: string): boolean {
  return existsSync(join(directory, ledgerFile));
}

/**
 * Opens the ledger of a run directory, made if it is not there: one SQLite file, readable with any SQLite tool.
 * A commit is on the disk when it returns. Directory 0700, file 0600.
 */
export async function openSqliteLedger(directory: string): Promise<Ledger> {
  const path = join(directory, ledgerFile);
  createPrivate(path);
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: () => openSqlite(path) }) });
  await sql`pragma busy_timeout = 10000`.execute(database);
  await sql`pragma journal_mode = wal`.execute(database);
  await sql`pragma synchronous = full`.execute(database);
  return KyselyLedger.open(database, 'sqlite');
}

/** Creates the file before the driver does, so that nobody else can ever read it. */
export function createPrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}
