import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { embeddings, joinFiles, run, type JoinFilesOptions } from '../../src/index.ts';
import { openai } from '../../src/providers/openai/client.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-vectors-'));
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true });
});

const vectors: readonly (readonly unknown[])[] = [[0.1, -2.5e-3, 3], [1, 2, 3], [4, 5], [7.25, 8, 1e30], ['a', 'b', 'c']];
const line = (id: string, embedding: unknown): string => JSON.stringify({ custom_id: id, response: { status_code: 200, request_id: 'r', body: { object: 'list', data: [{ object: 'embedding', index: 0, embedding }], model: 'e', usage: { prompt_tokens: 4, total_tokens: 4 } } }, error: null });
const results = join(directory, 'results.jsonl');
// In another order than the records, and none for the fourth.
writeFileSync(results, [4, 3, 2, 1, 0].map((number) => `${line(`r${number}`, vectors[number])}\n`).join(''));
const ids = ['r0', 'r1', 'r2', 'none', 'r3', 'r4'];
const sources = { csv: join(directory, 'in.csv'), jsonl: join(directory, 'in.jsonl') };
writeFileSync(sources.csv, `id\n${ids.join('\n')}\n`);
writeFileSync(sources.jsonl, ids.map((id) => `${JSON.stringify({ id })}\n`).join(''));

function cellsOf(csv: string): unknown[] {
  return parse<Record<string, string>>(csv, { columns: true }).map((row) => row['result_embedding']);
}

async function joined(format: 'csv' | 'jsonl', name: string, more: Partial<JoinFilesOptions>): Promise<{ sink: string; embeddings: unknown[] }> {
  const sink = join(directory, `${name}.${format}`);
  await joinFiles({ source: sources[format], sink, results, customId: 'id', ...more });
  const text = readFileSync(sink, 'utf8');
  if (format === 'csv') return { sink, embeddings: cellsOf(text) };
  return { sink, embeddings: text.trimEnd().split('\n').map((row) => (JSON.parse(row) as { result: { embedding?: unknown } }).result.embedding) };
}

/** As bytes that are moved, and through the stages. */
const ways: readonly (readonly [string, Partial<JoinFilesOptions>])[] = [['bytes', {}], ['stages', { check: () => true }]];
const base64 = (numbers: readonly number[]): string => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');

describe.each(ways)('embeddings moved as %s', (way, more) => {
  test('go to a file of 32-bit numbers, where the output names them', async () => {
    for (const format of ['jsonl', 'csv'] as const) {
      const { sink, embeddings: found } = await joined(format, way, { ...more, embeddingFormat: 'float32' });
      // A vector of another length, and what is no vector, stay where they are.
      expect(found).toEqual(format === 'csv' ? ['0', '1', '[4,5]', '', '2', '["a","b","c"]'] : [0, 1, [4, 5], undefined, 2, ['a', 'b', 'c']]);
      const bytes = readFileSync(`${sink}.f32`);
      expect(Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4))).toEqual([0.1, -2.5e-3, 3, 1, 2, 3, 7.25, 8, 1e30].map(Math.fround));
      expect(JSON.parse(readFileSync(`${sink}.f32.json`, 'utf8'))).toEqual({ format: 'float32', byteOrder: 'little', file: `${way}.${format}.f32`, dimensions: 3, count: 3 });
    }
  });

  test('become base64', async () => {
    const expected = [base64([0.1, -2.5e-3, 3]), base64([1, 2, 3]), base64([4, 5])];
    expect((await joined('jsonl', way, { ...more, embeddingFormat: 'base64' })).embeddings).toEqual([...expected, undefined, base64([7.25, 8, 1e30]), ['a', 'b', 'c']]);
    expect((await joined('csv', way, { ...more, embeddingFormat: 'base64' })).embeddings.slice(0, 4)).toEqual([...expected, '']);
  });
});

test('a join that fails leaves no file of vectors', async () => {
  const before = readdirSync(directory);
  const sink = join(directory, 'failed.jsonl');
  await expect(joinFiles({ source: sources.jsonl, sink, results, customId: 'nowhere', embeddingFormat: 'float32' })).rejects.toThrow(/nowhere|No result meets/);
  expect(readdirSync(directory).filter((name) => name.includes('.f32'))).toEqual(before.filter((name) => name.includes('.f32')));
});

test('vectors need a file beside which to stand', async () => {
  await expect(joinFiles({ source: sources.jsonl, sink: process.stdout, write: { format: 'jsonl' }, results, customId: 'id', embeddingFormat: 'float32' })).rejects.toMatchObject({ code: 'invalid_option' });
  // @ts-expect-error -- a format that a user might think of
  await expect(joinFiles({ source: sources.jsonl, sink: join(directory, 'x.jsonl'), results, embeddingFormat: 'float16' })).rejects.toThrow(/must be one of json, base64, float32, not "float16"/);
});

test('a run writes its vectors the same way', async () => {
  const sink = join(directory, 'run.csv');
  const provider = openai({ apiKey: 'key', baseURL: `${emulator.url}/v1` });
  await run({ source: sources.csv, sink, directory: join(directory, 'run'), provider, customId: 'id', request: embeddings({ model: 'text-embedding-3-small', dimensions: 4, input: '{{id}}' }), embeddingFormat: 'float32', pollIntervalMs: 250, graceMs: 50 });
  expect(cellsOf(readFileSync(sink, 'utf8'))).toEqual(ids.map((_, at) => String(at)));
  expect(readFileSync(`${sink}.f32`).length).toBe(ids.length * 4 * 4);
  expect(existsSync(`${sink}.f32.json`)).toBe(true);
});
