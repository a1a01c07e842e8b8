import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from '../cli/shell.ts';
import { programsIn } from '../docs/compile.ts';

const text = readFileSync(join(import.meta.dirname, 'inference.ts'), 'utf8').replace('../../src/index.ts', 'millrace');
const declarations = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));

const commentOrText = /\/\*[^]*?\*\/|\/\/[^\n]*|"[^"\n]*"|'[^'\n]*'/g;

// The declarations of vitest are not ours to check.
const programs = programsIn('types', { 'inference.ts': text }, { skipLibCheck: true });
// Every entry point by itself, its declarations checked with it.
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, string> };
const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json')).map((entry) => entry.replace('.', 'millrace'));
const imports = programsIn('entries', { 'entries.ts': entries.map((entry, index) => `export * as entry${index} from '${entry}';\n`).join('') });

afterAll(() => {
  programs.remove();
  imports.remove();
});

test.concurrent('the published types infer and refuse what they should', async () => {
  expect(await programs.compile()).toBe('');
});

test.concurrent('a wrong expectation would be noticed', async () => {
  const broken = programsIn('broken', { 'inference.ts': text.replaceAll('review.title', 'review.text').replace('toEqualTypeOf<Shard>', 'toEqualTypeOf<Review>') }, { skipLibCheck: true });
  const said = await broken.compile();
  broken.remove();
  expect(said.match(/error TS2578: Unused '@ts-expect-error' directive/g)?.length).toBeGreaterThan(2);
  expect(said).toContain('Expected: string, Actual: never');
});

test.concurrent('every entry point compiles strictly, its declarations included', async () => {
  expect(entries).toContain('millrace/openai');
  expect(await imports.compile()).toBe('');
});

test('no declaration of ours says any', () => {
  expect(declarations).toContain('index.d.ts');
  const withAny = declarations.filter((name) => /\bany\b/.test(readFileSync(join(root, 'dist', name), 'utf8').replaceAll(commentOrText, '')));
  expect(withAny).toEqual([]);
});
