import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { reviews } from './fixtures.ts';
import { folderWith, shell } from './shell.ts';

const line = "millrace run reviews.csv --prompt '{{text}}' --poll-interval 50ms --dir run -o out.csv";

test.concurrent('.env gives the key and the address, and is not shown', async () => {
  await using emulator = await open();
  const folder = folderWith({ 'reviews.csv': reviews, '.env': `OPENAI_API_KEY="sk-secret"\nOPENAI_BASE_URL=${emulator.url}\n` });
  const { code, stdout, stderr } = await shell(folder, line);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).not.toMatch(/secret|OPENAI/);
  const files = await shell(folder, 'grep -rl sk-secret . --exclude=.env');
  expect(files.stdout).toBe('');
});

test.concurrent('what is set already wins', async () => {
  await using emulator = await open();
  const folder = folderWith({ 'reviews.csv': reviews, '.env': 'OPENAI_API_KEY=any\nOPENAI_BASE_URL=http://127.0.0.1:9/v1\n' });
  expect(await shell(folder, line, { env: { OPENAI_BASE_URL: emulator.url } })).toMatchObject({ code: 0 });
});

test.concurrent('a folder of that name is left alone', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  mkdirSync(join(folder, '.env'));
  expect(await shell(folder, "millrace build reviews.csv --prompt x -o shards --quiet")).toEqual({ code: 0, stdout: '', stderr: '' });
});

/** An emulator that is closed with the test. */
async function open() {
  const emulator = await startEmulator();
  return { url: emulator.openaiBaseUrl, [Symbol.asyncDispose]: () => emulator.close() };
}
