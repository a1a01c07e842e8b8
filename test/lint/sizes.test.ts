import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { start, stream } from '../emulator/harness.ts';
import { ask, chat, lines } from './fixtures.ts';
import { linted } from './linting.ts';

const MIB = 1024 * 1024;

/** A line of exactly so many bytes, line feed included. */
const padded = (request: object, bytes: number, tail = '\n'): Buffer => {
  const text = JSON.stringify(request);
  return Buffer.from(`${text}${' '.repeat(bytes - text.length - tail.length)}${tail}`);
};

function* openaiFile(bytes: number): Generator<Buffer> {
  for (let index = 0; index < 200; index += 1) yield padded(chat(`r-${index}`), index === 199 ? bytes - 199 * MIB : MIB);
}

function* anthropicBody(bytes: number): Generator<Buffer> {
  yield Buffer.from('{"requests":[');
  for (let index = 0; index < 255; index += 1) yield padded(ask(`r-${index}`), MIB, ',\n');
  yield padded(ask('last'), bytes - 255 * MIB - 13, ']}');
}

async function rulesOf(chunks: Iterable<Buffer>, fileName: string) {
  const { findings, summary } = await linted({ source: Readable.from(chunks, { objectMode: false }), read: { fileName } });
  return { rules: findings.filter(({ rule }) => rule !== 'surrounding_space').map(({ rule, line }) => [rule, line]), bytes: summary.bytes };
}

describe('the size of a file', () => {
  test.each([
    [209_715_200, []],
    [209_715_201, [['file_too_large', undefined]]],
  ])('of OpenAI: %i bytes', async (bytes, rules) => {
    expect(await rulesOf(openaiFile(bytes), 'a.jsonl')).toEqual({ bytes, rules });
  });

  test.each([
    [268_435_456, [['nearly_too_large', undefined]], 200],
    [268_435_457, [['file_too_large', undefined]], 413],
  ])('of Anthropic: %i bytes, as the emulator says', async (bytes, rules, status) => {
    expect(await rulesOf(anthropicBody(bytes), 'a.json')).toEqual({ bytes, rules });
    const { emulator } = await start();
    const headers = { 'x-api-key': 'sk-test', 'anthropic-version': '2026-10-21', 'content-type': 'application/json' };
    expect(await stream(`${emulator.anthropicBaseUrl}/v1/messages/batches`, headers, anthropicBody(bytes))).toMatchObject({ status });
  });

  test('of lines for Anthropic is that of the body they make', async () => {
    const text = lines(ask('a'), ask('b'));
    // {"requests":[ … ,\n … ]} has one byte less for each line feed, and 13 + 2 + 2 more.
    const bytes = text.length - 2 + 17;
    const lint = (maxBytes: number) => linted({ source: Readable.from([Buffer.from(text)], { objectMode: false }), read: { fileName: 'a.jsonl' }, limits: { maxBytes } });
    expect((await lint(bytes)).findings).toEqual([]);
    expect((await lint(bytes - 1)).findings).toEqual([expect.objectContaining({ rule: 'file_too_large' })]);
  });
});

test('smaller batches are asked for', async () => {
  const source = () => Readable.from([Buffer.from(lines(chat('a'), chat('b'), chat('c')))], { objectMode: false });
  const read = { fileName: 'a.jsonl' };
  const { findings } = await linted({ source: source(), read, limits: { maxRequests: 2 } });
  expect(findings).toEqual([{ severity: 'error', rule: 'too_many_requests', message: 'this is request 3; a batch may have 2. Split the file here.', file: 'a.jsonl', line: 3, column: 1, index: 2, customId: 'c' }]);
});

describe('a request without end is not held in memory', () => {
  function* endless(begin: string, megabytes: number): Generator<Buffer> {
    yield Buffer.from(begin);
    const piece = Buffer.alloc(MIB, 0x61);
    for (let index = 0; index < megabytes; index += 1) yield piece;
  }

  test.each([
    ['a.jsonl', `${lines(chat('a'))}{"custom_id":"`, 2, 1],
    ['a.json', `{"requests":[${JSON.stringify(ask('a'))},\n{"custom_id":"`, 2, 1],
  ])('%s', async (fileName, begin, line, column) => {
    const { findings, summary } = await linted({ source: Readable.from(endless(begin, 12), { objectMode: false }), read: { fileName }, limits: { maxBytes: 4 * MIB } });
    expect(findings.map(({ rule, line: at, column: where }) => [rule, at, where])).toEqual([['too_large', line, column], ['file_too_large', undefined, undefined]]);
    expect(summary.requests).toBe(1);
  });
});
