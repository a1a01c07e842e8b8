import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { Rejection } from '../../src/records/record.ts';
import { parseResultLine, parseResults, type ParseResultsOptions } from '../../src/results/parse.ts';
import type { BatchResult } from '../../src/results/result.ts';
import { fixture } from '../join/joining.ts';

interface Parsed {
  readonly results: BatchResult[];
  readonly rejections: Rejection[];
}

async function parseAll(chunks: readonly Buffer[], options: ParseResultsOptions = {}): Promise<Parsed> {
  const rejections: Rejection[] = [];
  const results: BatchResult[] = [];
  await pipeline(Readable.from(chunks), parseResults({ onReject: (rejection) => rejections.push(rejection), ...options }), async (stage) => {
    for await (const result of stage) results.push(result);
  });
  return { results, rejections };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, position) => bytes.subarray(ends[position - 1] ?? 0, end)).filter(({ length }) => length > 0);
}

it.each(['ugly.jsonl', 'openai-output.jsonl', 'anthropic-results.jsonl', 'compatible-output.jsonl'])('gives the same for %s however it is cut into chunks', async (name) => {
  const bytes = readFileSync(fixture(name));
  const whole = await parseAll([bytes]);
  expect(whole.results.length).toBeGreaterThan(3);
  expect(await parseAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 20 }), async (places) => {
      expect(await parseAll(cut(bytes, places))).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

it('takes many providers in one file', async () => {
  const bytes = Buffer.concat(['openai-errors.jsonl', 'anthropic-results.jsonl'].map((name) => readFileSync(fixture(name))));
  const { results, rejections } = await parseAll([bytes]);
  expect(rejections).toEqual([]);
  expect(results.map(({ customId }) => customId)).toEqual(['r-8', 'r-9', 'r-10', 'r-11', 'r-12', 'm-3', 'm-1', 'm-2', 'm-5', 'm-6', 'm-7', 'm-8', 'm-9', 'm-4']);
});

it('takes fences off and parses JSON where asked', async () => {
  const body = { choices: [{ message: { content: '```json\n{"label":"good"}\n```' }, finish_reason: 'stop' }] };
  const line = Buffer.from(JSON.stringify({ custom_id: 'a', response: { status_code: 200, body } }));
  const { results } = await parseAll([line], { stripFences: true, parseJson: true });
  expect(results).toMatchObject([{ answer: { text: '{"label":"good"}', json: { label: 'good' } }, body }]);
});

it('names file and line of a bad line, and ends at it where nobody takes it', async () => {
  const bytes = readFileSync(fixture('ugly.jsonl'));
  const { rejections } = await parseAll([bytes], { fileName: 'out.jsonl' });
  expect(rejections[0]).toMatchObject({ code: 'unparsable', file: 'out.jsonl', line: 3, raw: '<<<<<<< HEAD' });
  expect(rejections[0]?.message).toMatch(/^Line 3 of out\.jsonl is not JSON: /);
  const alone = pipeline(Readable.from([bytes]), parseResults({ fileName: 'out.jsonl' }), async (stage) => {
    for await (const _result of stage);
  });
  await expect(alone).rejects.toMatchObject({ code: 'unparsable', context: { file: 'out.jsonl', line: 3 } });
});

it('gives the results before a bad line of the same chunk', async () => {
  const seen: string[] = [];
  const alone = pipeline(Readable.from([readFileSync(fixture('ugly.jsonl'))]), parseResults({ onReject: ({ line }) => seen.push(`bad ${line}`) }), async (stage) => {
    for await (const { customId } of stage) seen.push(customId);
  });
  await alone;
  expect(seen.filter((id) => !id.startsWith('bad'))).toEqual(['u-1', 'u-2', 'u-4', 'u-9', 'u-10']);
});

it('copies a 16 MB line that comes in 256 chunks once, not once a chunk', async () => {
  const text = 'x'.repeat(16 * 1024 * 1024);
  const bytes = Buffer.from(JSON.stringify({ custom_id: 'long', response: { status_code: 200, body: { choices: [{ message: { content: text }, finish_reason: 'stop' }] } } }));
  const concat = vi.spyOn(Buffer, 'concat');
  try {
    const { results } = await parseAll(Array.from({ length: 257 }, (_, part) => bytes.subarray(part * 65_536, (part + 1) * 65_536)));
    expect(results).toMatchObject([{ customId: 'long', answer: { text } }]);
    const copied = concat.mock.calls.flatMap(([list]) => list).reduce((sum, { length }) => sum + length, 0);
    expect(copied).toBe(bytes.length);
  } finally {
    concat.mockRestore();
  }
});

it.each<[string, string, string]>([
  ['', 'blank', ''],
  ['\r', 'blank', ''],
  ['\ufeff', 'blank', ''],
  ['\ufeff{"custom_id":"a","error":"x"}\r', 'result', ''],
  ['{"custom_id":"a"', 'unparsable', 'is not JSON'],
  ['"a"', 'unrecognized', 'is JSON, but not an object'],
  ['{"custom_id":"a","result":{"type":"paused"}}', 'unrecognized', 'no result line'],
  ['{"custom_id":null,"response":null,"error":null}', 'unrecognized', 'no result line'],
  ['{"response":{"status_code":200,"body":{}}}', 'unrecognized', 'no result line'],
])('calls %j %s', (line, kind, message) => {
  const parsed = parseResultLine(Buffer.from(line));
  expect(parsed.kind).toBe(kind);
  expect('message' in parsed ? parsed.message : '').toContain(message);
});

it('keeps aside what is nested too deep to be written again', async () => {
  const nested = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const line = (content: unknown, more = '') => `{"custom_id":"a","response":{"status_code":200,"body":{"choices":[{"message":{"content":${JSON.stringify(content)}},"finish_reason":"stop"}]${more}}}}`;
  expect(parseResultLine(Buffer.from(line('x', `,"extra":${nested}`)))).toEqual({ kind: 'unparsable', message: 'is nested more than 1000 levels deep' });
  const { results } = await parseAll([Buffer.from(line(nested))], { parseJson: true });
  expect(results).toMatchObject([{ answer: { text: nested } }]);
  expect(results[0]).not.toHaveProperty('answer.json');
});

it('calls a line that a parser fails on unrecognized', () => {
  const failing = (): never => {
    throw new Error('no such field');
  };
  expect(parseResultLine(Buffer.from('{}'), failing)).toEqual({ kind: 'unrecognized', message: 'cannot be read as a result: no such field' });
});
