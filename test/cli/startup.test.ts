import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reviews } from './fixtures.ts';
import { folderWith, root, shell } from './shell.ts';

/** Files that make Node note every module that is loaded, with `NODE_OPTIONS='--import FOLDER/note.mjs'`. */
const noting = {
  'note.mjs': "import { register } from 'node:module';\nregister('./hooks.mjs', import.meta.url);\n",
  'hooks.mjs': "import { appendFileSync } from 'node:fs';\nexport function load(url, context, next) {\n  appendFileSync(new URL('./loaded.txt', import.meta.url), `${url}\\n`);\n  return next(url, context);\n}\n",
  'loaded.txt': '',
};

/** The modules that a command loads: those of ours by their path under `dist`, packages by their name. */
async function loadedBy(line: string, setup = 'true'): Promise<string[]> {
  const folder = folderWith({ ...noting, 'reviews.csv': reviews });
  const { code, stderr } = await shell(folder, `${setup} && NODE_OPTIONS='--import ${folder}/note.mjs' ${line}`, { env: { OPENAI_API_KEY: 'any' } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const urls = readFileSync(join(folder, 'loaded.txt'), 'utf8').trim().split('\n');
  return urls.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? (url.startsWith('node:') ? url : url.replace(`file://${join(root, 'dist')}/`, '')));
}

const packages = (modules: readonly string[]) => [...new Set(modules.filter((name) => !name.startsWith('node:') && !name.includes('/') && !name.endsWith('.mjs')))].toSorted();
const heavy = /^(openai|@anthropic-ai\/sdk|kysely|libsql|node:sqlite|ajv|hyparquet|zod|csv-parse|stream-json)$/;

test.concurrent('the version is said before anything else is loaded', async () => {
  expect((await loadedBy('millrace --version')).filter((name) => !name.startsWith('node:') && !name.endsWith('.mjs'))).toEqual(['cli/main.js', 'cli/version.js']);
});

test.concurrent.for([['millrace --help'], ['millrace -h'], ['millrace']])('%s loads no package', async ([line = '']) => {
  expect(packages(await loadedBy(line))).toEqual([]);
});

test.concurrent('the help of a verb loads commander alone', async () => {
  const modules = await loadedBy('millrace run --help');
  expect(packages(modules)).toEqual(['commander']);
  expect(modules.filter((name) => name.startsWith('cli/verb-'))).toEqual([]);
});

test.concurrent('no SDK and no SQLite before a run is opened', async () => {
  expect((await loadedBy('millrace runs --quiet')).filter((name) => heavy.test(name) && !/csv-parse|stream-json/.test(name))).toEqual([]);
});

test.concurrent.for([['status run --quiet > out.txt'], ['report run > out.txt'], ['runs --root .'], ['list --root . --quiet']])('millrace %s loads no SDK: what is asked is in the directory', async ([line = '']) => {
  const modules = await loadedBy(`millrace ${line}`, "millrace run reviews.csv --emulate --prompt '{{text}}' --poll-interval 100ms --dir run --quiet");
  expect(modules.filter((name) => /^(openai|@anthropic-ai)/.test(name))).toEqual([]);
  expect(modules).toContain('kysely');
});
