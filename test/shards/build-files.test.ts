import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFiles, chat, openaiLimits } from '../../src/index.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-build-files-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('a build tells how far it is: records read and bytes written, never more than there are', async () => {
  const source = join(directory, 'rows.csv');
  await writeFile(source, `text\n${'a text of some length to fill a block\n'.repeat(45_000)}`);
  const seen: [number, number][] = [];
  const request = chat({ model: 'gpt-4o-mini', prompt: '{{text}}' });
  const { shards } = await buildFiles({ source, directory: join(directory, 'shards'), request, limits: openaiLimits, onProgress: (records, bytes) => seen.push([records, bytes]) });
  const whole = (await stat(shards[0]?.path ?? '')).size;
  const [records, bytes] = [seen.map(([read]) => read), seen.map(([, written]) => written)];
  expect(records.length).toBeGreaterThan(1);
  expect(records.toSorted((a, b) => a - b)).toEqual(records);
  expect(Math.max(...records)).toBeLessThanOrEqual(45_000);
  expect(bytes.at(-1)).toBeGreaterThan(whole / 2);
  expect(bytes.at(-1)).toBeLessThanOrEqual(whole);
});

test('shards have the hashes of their files, unless nobody asks', async () => {
  const source = join(directory, 'hashed.jsonl');
  await writeFile(source, '{"text":"a"}\n{"text":"b"}\n');
  const options = { source, request: chat({ model: 'gpt-4o-mini', prompt: '{{text}}' }), limits: { ...openaiLimits, maxRequests: 1 } };
  const hashed = await buildFiles({ ...options, directory: join(directory, 'hashed') });
  const bare = await buildFiles({ ...options, directory: join(directory, 'bare'), hashes: false });
  const files = await Promise.all(bare.shards.map(({ path }) => readFile(path)));
  expect(files).toHaveLength(2);
  expect(hashed.shards.map(({ sha256 }) => sha256)).toEqual(files.map((bytes) => createHash('sha256').update(bytes).digest('hex')));
  expect(bare.shards.map(({ sha256 }) => sha256)).toEqual(['', '']);
});
