import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', 'src');

interface Import {
  readonly from: string;
  /** Path under `src`, or the name of a package or built-in module. */
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const texts = new Map(files.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
const imports = files.flatMap(importsOf);

/** Every import and re-export of a file, type-only ones marked. */
function importsOf(from: string): Import[] {
  const text = texts.get(from) ?? '';
  const { module } = parseSync(from, text);
  const target = (specifier: string) => (specifier.startsWith('.') ? relative(root, join(root, dirname(from), specifier)) : specifier);
  const statics = module.staticImports.map(({ moduleRequest, entries }) => ({
    from,
    to: target(moduleRequest.value),
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    dynamic: false,
  }));
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) => (moduleRequest ? [{ from, to: target(moduleRequest.value), typeOnly: isType, dynamic: false }] : [])),
  );
  const dynamics = module.dynamicImports.map(({ moduleRequest }) => ({
    from,
    to: target(text.slice(moduleRequest.start, moduleRequest.end).replaceAll(/['"]/g, '')),
    typeOnly: false,
    dynamic: true,
  }));
  return [...statics, ...exported, ...dynamics];
}

const inFolder = (...folders: string[]) => (file: string) => folders.some((folder) => file.startsWith(`${folder}/`));
const show = (found: readonly Import[]) => found.map(({ from, to }) => `${from} -> ${to}`);
const networkOrClock = /^(node:)?(http|https|net|tls|dns|dgram|timers)(\/|$)/;
const sdk = /^(openai|@anthropic-ai\/sdk)(\/|$)/;

test('the graph is read at all', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(show(imports)).toContain('index.ts -> run.ts');
});

test('1: the pure steps know no SDK, no network and no clock', () => {
  const pure = inFolder('records', 'requests', 'schemas', 'lint', 'shards', 'results', 'join', 'report');
  expect(show(imports.filter(({ from, to }) => pure(from) && (networkOrClock.test(to) || sdk.test(to))))).toEqual([]);
  const clocks = files.filter((file) => pure(file) && /\b(Date\.now|new Date\(\)|setTimeout|setInterval|performance\.now|fetch\()/.test(texts.get(file) ?? ''));
  expect(clocks).toEqual([]);
});

test('2: wire and limits are leaves, and of providers only they and the interface are known to the pure steps', () => {
  const leaf = /^providers\/[a-z]+\/(wire|limits)\.ts$/;
  const values = imports.filter(({ from, to, typeOnly }) => leaf.test(from) && !typeOnly && !leaf.test(to));
  expect(show(values)).toEqual([]);
  const pure = inFolder('requests', 'schemas', 'lint', 'shards', 'results');
  const others = imports.filter(({ from, to }) => pure(from) && to.startsWith('providers/') && to !== 'providers/provider.ts' && !leaf.test(to));
  expect(show(others)).toEqual([]);
  const siblings = imports.filter(
    ({ from, to }) =>
      (from.startsWith('providers/openai/') && (to.startsWith('providers/anthropic/') || to.startsWith('@anthropic-ai'))) ||
      (from.startsWith('providers/anthropic/') && (to.startsWith('providers/openai/') || to === 'openai')) ||
      (from.startsWith('providers/') && to.startsWith('ledger/')),
  );
  expect(show(siblings)).toEqual([]);
  expect(show(imports.filter(({ from, to }) => sdk.test(to) && !/^providers\/(openai|anthropic)\//.test(from)))).toEqual([]);
});

test('3: batches knows the types of provider, ledger and storage, never a concrete one', () => {
  const concrete = imports.filter(({ from, to, typeOnly }) => from.startsWith('batches/') && /^(providers|ledger|storage)\//.test(to) && !typeOnly);
  expect(show(concrete)).toEqual([]);
  const allowed = new Set(['providers/provider.ts', 'ledger/ledger.ts', 'storage/storage.ts']);
  expect(show(imports.filter(({ from, to }) => from.startsWith('batches/') && /^(providers|ledger|storage)\//.test(to) && !allowed.has(to)))).toEqual([]);
});

test('4: the emulator shares no code with what it tests', () => {
  const allowed = new Set(['errors.ts', 'streams.ts', 'records/lines.ts']);
  const shared = imports.filter(({ from, to }) => from.startsWith('emulator/') && to.endsWith('.ts') && !to.startsWith('emulator/') && !allowed.has(to));
  expect(show(shared)).toEqual([]);
});

test('5: the CLI imports what a user can import; run.ts imports nothing concrete statically', () => {
  const { exports } = JSON.parse(readFileSync(join(root, '..', 'package.json'), 'utf8')) as { exports: Record<string, string> };
  const entries = new Set(Object.values(exports).map((path) => path.replace('./dist/', '').replace(/\.js$/, '.ts')));
  expect(show(imports.filter(({ from, to }) => from.startsWith('cli/') && to.endsWith('.ts') && !to.startsWith('cli/') && !entries.has(to)))).toEqual([]);
  const concrete = /^(providers\/(openai|anthropic)\/|ledger\/(?!ledger\.ts)|storage\/(?!storage\.ts))/;
  const fromRun = imports.filter(({ from, to, typeOnly, dynamic }) => (from === 'run.ts' || from.startsWith('run/')) && concrete.test(to) && !typeOnly && !dynamic);
  expect(show(fromRun)).toEqual([]);
});

test('6: importing millrace loads no SDK, no SQLite, no S3, no schema compiler', () => {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, to, typeOnly, dynamic } of imports) if (from === file && !typeOnly && !dynamic) visit(to);
  };
  visit('index.ts');
  const heavy = [...reached].filter((name) => sdk.test(name) || /^(kysely|libsql|node:sqlite|@aws-sdk|pg|ajv|zod)/.test(name));
  expect(heavy).toEqual([]);
});

test('7: only the CLI prints, and only the CLI and provider clients read the environment', () => {
  const prints = files.filter((file) => !file.startsWith('cli/') && /\bconsole\.|process\.std(out|err)\.write|process\.exit\b/.test(withoutComments(file)));
  expect(prints).toEqual([]);
  const reads = files.filter((file) => !file.startsWith('cli/') && !/^providers\/[a-z]+\/client\.ts$/.test(file) && /process\.env/.test(withoutComments(file)));
  expect(reads).toEqual([]);
});

function withoutComments(file: string): string {
  return (texts.get(file) ?? '').replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*/g, '');
}
