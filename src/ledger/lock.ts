import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StateError } from '../errors.ts';
import { createPrivate } from './sqlite.ts';
import { openSqlite } from './sqlite-driver.ts';

/**
 * Takes the run directory for this process, so that two never submit the same shard. The lock is an exclusive SQLite
 * transaction, which the operating system ends with its process: a lock left by a dead process does not exist.
 *
 * @returns a function that gives the directory back
 * @throws StateError `run_locked`, naming the holder
 */
export async function lockRun(directory: string): Promise<() => void> {
  const path = join(directory, 'lock.sqlite');
  const holder = join(directory, 'lock.holder');
  createPrivate(path);
  const database = await openSqlite(path);
  try {
    database.prepare('begin exclusive').run([]);
  } catch (cause) {
    database.close();
    throw new StateError('run_locked', `Another process is working on ${directory}: ${readHolder(holder)}. Wait for it or stop it first.`, { cause });
  }
  writeFileSync(holder, `process ${process.pid} on ${hostname()} since ${new Date().toISOString()}`, { mode: 0o600 });
  return () => {
    // libsql keeps a closed database open while a statement of it is alive; the end of the transaction does not wait for that.
    database.prepare('rollback').run([]);
    database.close();
  };
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'its name is not known yet';
  }
}
