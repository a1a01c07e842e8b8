import { createRequire } from 'node:module';
import type { SqliteDatabase } from 'kysely';
import { InputError, systemCodeOf } from '../errors.ts';

/** Opens SQLite by what this Node has: `node:sqlite` where it is built in, else the optional package `libsql`. */
export async function openSqlite(path: string): Promise<SqliteDatabase> {
  const builtin = loadBuiltin();
  if (builtin) return adapt(new builtin.DatabaseSync(path));
  return openLibsql(path);
}

/** The few members used of `node:sqlite`; Node 20 and its types have no such module. */
interface BuiltinSqlite {
  DatabaseSync: new (path: string) => BuiltinDatabase;
}
interface BuiltinDatabase {
  prepare(sql: string): BuiltinStatement;
  close(): void;
}
interface BuiltinStatement {
  all(...parameters: readonly unknown[]): unknown[];
  run(...parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: readonly unknown[]): IterableIterator<unknown>;
}

/** Node 22 warns that its SQLite is experimental; such talk does not belong on the user's stderr. */
function loadBuiltin(): BuiltinSqlite | undefined {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return createRequire(import.meta.url)('node:sqlite') as BuiltinSqlite;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Gives `node:sqlite` the shape that Kysely's dialect expects. */
function adapt(database: BuiltinDatabase): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text);
      return {
        reader: /^\s*(select|with|pragma)\b|\breturning\b/i.test(text),
        all: (parameters) => statement.all(...parameters),
        run: (parameters) => statement.run(...parameters),
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
  };
}

/** libsql has the interface of better-sqlite3, which is the one Kysely's dialect is written for. */
async function openLibsql(path: string): Promise<SqliteDatabase> {
  try {
    const { default: Database } = await import('libsql');
    return new Database(path);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new InputError('missing_dependency', `Node ${process.version} has no SQLite built in. Run: npm install libsql (or use Node 24).`, { cause });
  }
}
