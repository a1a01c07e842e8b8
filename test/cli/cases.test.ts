import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.ts';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { normalized, readCase, writeCase } from './case-file.ts';
import { folderWith, shell } from './shell.ts';

// `npx vitest run test/cli/cases.test.ts -u` writes what came of each case; then look at the difference.
const folder = join(import.meta.dirname, 'cases');
const cases = readdirSync(folder).filter((name) => name.endsWith('.txt'));
const stackTrace = /^\s+at .+:\d+/m;
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ speed: 100_000, faults: ['row=2 error=400'] });
});
afterAll(async () => {
  await emulator.close();
});

test.concurrent.for(cases)('%s', async (name, { expect: holds }) => {
  const path = join(folder, name);
  const golden = readCase(readFileSync(path, 'utf8'));
  const desk = folderWith(golden.files);
  // Each key is an account of its own.
  const key = name.replaceAll(/\W/g, '');
  const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: emulator.openaiBaseUrl, ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: emulator.anthropicBaseUrl, ...golden.env };
  const ran = await shell(desk, `${golden.setup === '' ? '' : `{ ${golden.setup}\n} >setup.log 2>&1\n`}${golden.command}`, { env });
  holds(ran.stderr).not.toMatch(stackTrace);
  const { stdout, stderr } = splitAgain(normalized(`${ran.stdout}${divide}${ran.stderr}`, desk));
  await holds(writeCase(golden, { code: ran.code, stdout, stderr })).toMatchFileSnapshot(path);
});

test('there are cases of every verb', () => {
  const named = new Set(cases.map((name) => name.split('-')[0]));
  expect(verbs.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});

test('what --json prints is in the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const part = readme.slice(readme.indexOf('### What `--json` prints'), readme.indexOf('### Many runs'));
  const said = new Set([...part.matchAll(/`(\w+)`/g)].map(([, word]) => word));
  const printed = cases.map((name) => ({ name, stdout: readFileSync(join(folder, name), 'utf8').split('--- stdout\n')[1]?.split('--- stderr\n')[0] ?? '' }));
  const documents = printed.filter(({ name, stdout }) => stdout.startsWith('{') && stdout.endsWith('}\n') && !name.startsWith('estimate') && !name.startsWith('run-stdin') && !name.startsWith('list-remote-metadata'));
  expect(documents.length).toBeGreaterThan(12);
  for (const { name, stdout } of documents) {
    const { version, ...keys } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ name, version, missing: Object.keys(keys).filter((key) => !said.has(key)) }).toEqual({ name, version: 1, missing: [] });
  }
});

/** Ids are numbered over both streams. */
const divide = '\u0000';

function splitAgain(text: string): { stdout: string; stderr: string } {
  const [stdout = '', stderr = ''] = text.split(divide);
  return { stdout, stderr };
}
