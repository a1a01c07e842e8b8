import { createReadStream, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, buildFiles, chat, joinFiles, openaiLimits, readStatus } from '../../src/index.ts';
import { openai } from '../../src/providers/openai/client.ts';
import { expectLinear } from './growth.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-large-'));
});
afterAll(() => rm(directory, { recursive: true }));

const MB = 1024 * 1024;
/** Prose with what must be escaped in every format: a quote and a line break in each 64 characters. */
const textOf = (bytes: number) => 'What "they" said of it, more\nor less, and at some length, that is'.slice(0, 64).repeat(bytes / 64);
const request = chat({ model: 'gpt-4o', prompt: '{{text}}' });

/** The first line of a file, parsed. */
async function firstLine(path: string): Promise<unknown> {
  for await (const line of createInterface({ input: createReadStream(path) })) return JSON.parse(line);
  throw new Error(`${path} is empty`);
}

/** What the request of a line asks. Compared by `===`: nobody wants to see where two texts of 50 MB differ. */
const askedIn = (line: unknown) => (line as { body: { messages: { content: string }[] } }).body.messages[0]?.content;

test('a result line of 64 MB', async () => {
  const [source, results, sink] = ['source.jsonl', 'results.jsonl', 'joined.jsonl'].map((name) => join(directory, name)) as [string, string, string];
  writeFileSync(source, '{"id":"large"}\n{"id":"small"}\n');
  const lineOf = (id: string, content: string) => `${JSON.stringify({ id: `batch_req_${id}`, custom_id: id, response: { status_code: 200, request_id: 'r', body: { id: 'c', object: 'chat.completion', model: 'gpt-4o', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } } }, error: null })}\n`;
  await expectLinear(64 * MB, (bytes) => {
    const text = textOf(bytes);
    writeFileSync(results, lineOf('large', text) + lineOf('small', 'yes'));
    return async () => {
      const { outcomes } = await joinFiles({ source, customId: 'id', results: [results], sink });
      expect(outcomes.succeeded).toBe(2);
      expect(((await firstLine(sink)) as { result: { text: string } }).result.text === text).toBe(true);
    };
  });
});

describe('a record of 50 MB', () => {
  test.each([
    ['csv', (text: string) => `id,text\nlarge,"${text.replaceAll('"', '""')}"\nsmall,yes\n`],
    ['jsonl', (text: string) => `${JSON.stringify({ id: 'large', text })}\n{"id":"small","text":"yes"}\n`],
  ])('%s', async (format, fileOf) => {
    const source = join(directory, `record.${format}`);
    await expectLinear(50 * MB, (bytes) => {
      const text = textOf(bytes);
      writeFileSync(source, fileOf(text));
      return async () => {
        const { records, shards } = await buildFiles({ source, request, customId: 'id', directory: join(directory, format), limits: openaiLimits, strict: true });
        expect([records, shards.length, shards[0]?.requestCount]).toEqual([2, 1, 2]);
        expect(askedIn(await firstLine(shards[0]?.path ?? '')) === text).toBe(true);
      };
    });
  });
});

test('a table of 100,000 columns', async () => {
  const source = join(directory, 'columns.csv');
  await expectLinear(100_000, (columns) => {
    const names = Array.from({ length: columns }, (_none, column) => `c${column}`);
    writeFileSync(source, [names, ...[0, 1, 2].map((row) => names.map((name) => `${name} of ${row}`))].map((cells) => `${cells.join(',')}\n`).join(''));
    return async () => {
      const { shards } = await buildFiles({ source, request: chat({ model: 'gpt-4o', prompt: `{{c0}}, {{c${columns - 1}}}` }), customId: 'c1', directory: join(directory, 'columns'), limits: openaiLimits, strict: true });
      const lines = readFileSync(shards[0]?.path ?? '', 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => askedIn(JSON.parse(line)))).toEqual([0, 1, 2].map((row) => `c0 of ${row}, c${columns - 1} of ${row}`));
    };
  });
});

test('a run of 10,000 shards', async () => {
  const provider = openai({ apiKey: 'key', baseURL: 'http://127.0.0.1:9/v1' });
  await expectLinear(10_000, (count) => async () => {
    const run = await mkdtemp(join(directory, 'run-'));
    await build({ source: Array.from({ length: count }, (_none, index) => ({ text: `record ${index}` })), request, directory: run, provider, limits: { maxRequests: 1 } });
    expect(await readStatus(run)).toMatchObject({ records: count, shards: { built: count }, requests: { total: count } });
    const files = readdirSync(join(run, 'shards')).toSorted();
    expect(files).toHaveLength(count);
    expect(askedIn(JSON.parse(readFileSync(join(run, 'shards', files.at(-1) ?? ''), 'utf8')))).toBe(`record ${count - 1}`);
  });
});
