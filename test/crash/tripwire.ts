import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/** When to fall. */
export interface Tripwire {
  /** The boundary, from 1, at which the process is killed; 0 for never. */
  readonly killAt: number;
  /** Only this many boundaries of the same name count: a batch that is looked at a hundred times is one of them. */
  readonly sameName: number;
  /** Files outside are of no interest. */
  readonly folder: string;
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** Counts the boundaries of this process, and kills it at one: no handler runs, nothing is flushed. */
class Counter {
  readonly #wire: Tripwire;
  readonly #seen = new Map<string, number>();
  #passed = 0;

  constructor(wire: Tripwire) {
    this.#wire = wire;
  }

  get passed(): number {
    return this.#passed;
  }

  readonly pass = (name: string): void => {
    const seen = (this.#seen.get(name) ?? 0) + 1;
    this.#seen.set(name, seen);
    if (seen > this.#wire.sameName) return;
    this.#passed += 1;
    if (this.#passed !== this.#wire.killAt) return;
    fs.writeSync(1, `killed at ${name} #${seen}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
}

/**
 * Lays a tripwire around everything that leaves a trace: writes of the ledger, HTTP calls, files that appear, change name or
 * go. Call it before anything of millrace is imported.
 *
 * @returns how many boundaries were passed so far
 */
export function lay(wire: Tripwire): () => number {
  const counter = new Counter(wire);
  watchHttp(counter.pass);
  watchFiles(counter.pass, wire.folder);
  watchSqlite(counter.pass);
  syncBuiltinESMExports();
  return () => counter.passed;
}

type Pass = Counter['pass'];

/** Puts something before and after a method. */
function surround(holder: object, name: string, pass: Pass, labelOf: (parameters: readonly unknown[]) => string | undefined): void {
  // The holders are modules and classes of Node and libsql, the names those of methods.
  const original = Reflect.get(holder, name) as Method;
  Reflect.set(holder, name, function (this: unknown, ...parameters: unknown[]) {
    const label = labelOf(parameters);
    if (label === undefined) return original.apply(this, parameters);
    pass(`before ${label}`);
    const result = original.apply(this, parameters);
    const after = <Value>(value: Value): Value => {
      pass(`after ${label}`);
      return value;
    };
    return result instanceof Promise ? result.then(after) : after(result);
  });
}

function watchFiles(pass: Pass, folder: string): void {
  const labelOf = (name: string) => (parameters: readonly unknown[]) => {
    const path = parameters.find((parameter) => typeof parameter === 'string' && parameter.startsWith(folder));
    return typeof path === 'string' ? `${name} ${path.slice(folder.length).replaceAll(/[0-9a-f]{12}|\d{6}/g, '*')}` : undefined;
  };
  for (const name of ['renameSync', 'rmSync', 'writeFileSync']) surround(fs, name, pass, labelOf(name));
  for (const name of ['rename', 'rm', 'writeFile']) surround(fsPromises, name, pass, labelOf(name));
  surround(fs, 'fsyncSync', pass, () => 'fsyncSync');
  surround(fs, 'appendFileSync', pass, () => 'appendFileSync');
}

/** Statements inside a transaction leave no trace until it is committed: before it is one boundary, after it another. */
function watchSqlite(pass: Pass): void {
  const { prototype } = sqliteClass();
  // Both drivers have it: a text in, a statement out.
  const prepare = Reflect.get(prototype, 'prepare') as (this: object, sql: string) => object;
  /** Open transactions by database, and what they wrote so far. */
  const transactions = new WeakMap<object, string[]>();
  Reflect.set(prototype, 'prepare', function (this: object, sql: string) {
    const statement = prepare.call(this, sql);
    const name = nameOf(sql);
    if (name === undefined) return statement;
    for (const method of ['run', 'all']) {
      const original = Reflect.get(statement, method) as Method;
      Reflect.set(statement, method, (...parameters: unknown[]) => {
        const writes = transactions.get(this);
        if (name === 'commit') pass(`before commit of ${writes?.join(', ')}`);
        const result = original.apply(statement, parameters);
        if (name === 'begin') transactions.set(this, []);
        else if (name === 'commit' || name === 'rollback') transactions.delete(this);
        else if (writes) writes.push(name);
        if (name !== 'begin' && (!writes || name === 'commit')) pass(`after ${writes ? `commit of ${writes.join(', ')}` : name}`);
        return result;
      });
    }
    return statement;
  });
}

/** What a statement writes, in two words; nothing if it only reads. */
function nameOf(sql: string): string | undefined {
  const [, word = ''] = /^\s*(\w+)/.exec(sql) ?? [];
  if (['select', 'pragma', 'with'].includes(word)) return undefined;
  const [, table] = /"(\w+)"/.exec(sql) ?? [];
  return table === undefined ? word : `${word} ${table}`;
}

/** The class that the ledger's driver opens. */
function sqliteClass(): { readonly prototype: object } {
  const load = createRequire(import.meta.url);
  try {
    return (load('node:sqlite') as { DatabaseSync: { prototype: object } }).DatabaseSync;
  } catch {
    return load('libsql') as { prototype: object };
  }
}

function watchHttp(pass: Pass): void {
  const original = http.request;
  const watched = (...parameters: Parameters<typeof http.request>): ClientRequest => {
    const [target, options] = parameters;
    const { pathname } = target instanceof URL ? target : new URL('http://unknown');
    const method = 'method' in options ? (options.method ?? 'GET') : 'GET';
    const name = `${method} ${pathname.replaceAll(/(batch|file|msgbatch)[-_][^/]+/g, '*')}`;
    pass(`before ${name}`);
    const request = original(...parameters);
    request.once('finish', () => pass(`sent ${name}`));
    request.prependOnceListener('response', (message) => watchBody(message, name, pass));
    return request;
  };
  // Only the overload with a URL and options is called.
  Reflect.set(http, 'request', watched);
}

function watchBody(message: IncomingMessage, name: string, pass: Pass): void {
  pass(`headers of ${name}`);
  const push = message.push.bind(message);
  message.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null) pass(`end of ${name}`);
    return push(chunk, encoding);
  };
}
