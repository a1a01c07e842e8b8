import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { build, chat, describePlace, embeddings, lint, messages, openaiLimits, placeProblems, readRecords, shard, toRequests, type Finding, type Shard } from '../../src/index.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { linted } from './linting.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('records are found by file, line, record and custom_id, and by the line of the shard they go to', async () => {
  const source = write('people.csv', 'id,text\na,hi\nb,\nc,x,y\nd,z\na,again\n,none\n');
  const { findings, summary } = await linted({ source, customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: '{{text}}' }), limits: { maxRequests: 1 } });
  const common = { severity: 'error', file: source };
  expect(findings).toEqual([
    { severity: 'warning', rule: 'empty_prompt', file: source, line: 3, index: 1, customId: 'b', shard: 2, shardLine: 1, message: expect.stringContaining('prompt is empty') },
    { ...common, rule: 'unreadable_record', line: 4, index: 2, message: expect.not.stringContaining('people.csv') },
    { ...common, rule: 'duplicate_custom_id', line: 6, index: 4, customId: 'a', message: 'The custom_id "a" of line 6 was used before, by line 2.' },
    { ...common, rule: 'invalid_custom_id', line: 7, index: 5, message: expect.stringContaining('empty text') },
  ]);
  expect(describePlace(findings[0] as Finding)).toBe(`record 1 of ${source}, line 1 of shard 2`);
  expect(summary).toEqual({ file: source, format: 'source', requests: 6, bytes: expect.any(Number), errors: 3, warnings: 1, fixed: 0, rules: { empty_prompt: 1, unreadable_record: 1, duplicate_custom_id: 1, invalid_custom_id: 1 }, endpoint: '/v1/chat/completions', shards: 3 });
});

describe('the lines of shards are those that are built', () => {
  const source = write('many.jsonl', Array.from({ length: 500 }, (_, index) => `{"id":"r-${index}","model":"gpt-4o${index % 3 === 0 ? '-mini' : ''}","text":"${index % 7 === 0 ? ' ' : `Say ${index}`}"}\n`).join(''));

  test('OpenAI, two models side by side', async () => {
    const body = chat({ model: (record) => String(record['model']), prompt: '{{text}}' });
    const limits = { ...openaiLimits, maxRequests: 37 };
    const built: Shard[] = [];
    await pipeline(readRecords(source), toRequests({ customId: 'id', body }), shard({ directory: join(folder, 'shards'), limits }), async (shards) => {
      for await (const one of shards) built.push(one);
    });
    const { findings, summary } = await linted({ source, customId: 'id', request: body, limits: { maxRequests: 37 } });
    expect(findings).toHaveLength(72);
    expect(summary.shards).toBe(built.length);
    expect(summary.bytes).toBe(built.reduce((sum, { bytes }) => sum + bytes, 0));
    for (const { shard: number, shardLine = 0, customId } of findings) {
      const line = readFileSync(built.find((one) => one.number === number)?.path ?? '', 'utf8').split('\n')[shardLine - 1] ?? '';
      expect(JSON.parse(line)).toMatchObject({ custom_id: customId });
    }
  });

  test('Anthropic: as a run builds them, with ids of its own and counts that differ from shard to shard', async () => {
    const request = messages({ model: 'claude-haiku-4-5', prompt: '{{text}}' });
    const customId = (record: { id?: unknown }) => `${String(record.id)} is refused as it is`;
    const directory = join(folder, 'run');
    await build({ source, customId, request, directory, provider: anthropic({ apiKey: 'none' }), limits: { maxRequests: 100 } });
    const files = readdirSync(join(directory, 'shards'));
    const { findings, summary } = await linted({ source, customId, request, limits: { maxRequests: 100 } });
    expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(['empty_prompt']));
    expect(summary.shards).toBe(files.length);
    expect(files).toHaveLength(6);
    expect(summary.bytes).toBe(files.reduce((sum, name) => sum + statSync(join(directory, 'shards', name)).size, 0));
  });
});

test('the rule is told by which a request would be refused, not only that it would', async () => {
  const source = [{ id: 'a', text: '' }, { id: 'b', text: 'x' }, { text: 'y' }];
  const { findings } = await linted({ source, customId: 'id', request: embeddings({ model: 'text-embedding-3-small', input: '{{text}}' }) });
  expect(findings.map(({ rule, index, line }) => [rule, index, line])).toEqual([['empty_input', 0, undefined], ['invalid_custom_id', 2, undefined]]);
  expect(findings[0]?.message).toMatch(/^`input` is empty/);
});

test('functions that fail, and bodies that are none', async () => {
  const fails = (value: { id?: unknown }) => {
    if (value.id === 1) throw new Error('nope');
    return { model: 'gpt-4o', messages: value.id === 2 ? [NaN] : [{ role: 'user', content: 'x' }] };
  };
  const request = { endpoint: '/v1/chat/completions', build: fails as never };
  const { findings } = await linted({ source: [{ id: 1 }, { id: 2 }, { id: 3 }], request });
  expect(findings.map(({ rule, index }) => [rule, index])).toEqual([['failed_template', 0], ['unbuildable_request', 1]]);
});

test('too large for any batch', async () => {
  const { findings } = await linted({ source: [{ text: 'x'.repeat(5000) }, { text: 'y' }], request: chat({ model: 'gpt-4o', prompt: '{{text}}' }), limits: { maxBytes: 2000 } });
  expect(findings).toEqual([expect.objectContaining({ rule: 'too_large', index: 0 })]);
});

test('rows without end that cannot be read are told of up to a number, and all counted', async () => {
  const { findings, summary } = await linted({ source: write('noise.jsonl', 'x\n'.repeat(100_050)), request: chat({ model: 'gpt-4o', prompt: 'x' }) });
  expect([findings.length, summary.errors, summary.requests]).toEqual([100_000, 100_050, 100_050]);
  expect(findings.at(-1)).toMatchObject({ rule: 'unreadable_record', line: 100_000, index: 99_999 });
});

test('a source without records', async () => {
  const { findings } = await linted({ source: [], request: chat({ model: 'gpt-4o', prompt: 'x' }) });
  expect(findings).toEqual([{ severity: 'error', rule: 'empty_file', message: 'there is no record in it.' }]);
});

describe('used wrongly', () => {
  test.each([
    ['a source of records without a request', { source: write('plain.csv', 'id,text\na,b\n') }, 'unknown_format'],
    ['records that are no requests', { source: write('plain.jsonl', '{"id":"a","text":"b"}\n') }, 'unknown_format'],
    ['an array without a request', { source: [{ id: 1 }] }, 'invalid_option'],
    ['a custom_id without a request', { source: 'a.jsonl', customId: 'id' }, 'invalid_option'],
    ['a corrected copy of a source', { source: 'a.csv', request: chat({ model: 'gpt-4o', prompt: 'x' }), fix: 'b.csv' }, 'invalid_option'],
    ['no such file', { source: join(folder, 'none.jsonl') }, 'file_not_found'],
  ])('%s', async (_title, options, code) => {
    await expect((async () => linted(options))()).rejects.toMatchObject({ code });
  });

  test('UTF-16 is named', async () => {
    const source = join(folder, 'wide.jsonl');
    writeFileSync(source, Buffer.from('\uFEFF{"custom_id":"a"}\n', 'utf16le'));
    await expect(linted({ source })).rejects.toMatchObject({ code: 'unknown_format', message: expect.stringContaining('UTF-16') });
  });

  test('a summary of what was left', async () => {
    const linting = lint({ source: [{ text: '' }, { text: '' }], request: chat({ model: 'gpt-4o', prompt: '{{text}}' }) });
    for await (const _found of linting) break;
    await expect(linting.summary()).rejects.toMatchObject({ code: 'invalid_option' });
  });

  test('an abort ends it with its reason', async () => {
    const reason = new Error('enough');
    await expect(linted({ source: write('b.jsonl', '{}\n'), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test('the summary alone reads all', async () => {
  const linting = lint({ source: [{ text: '' }, { text: 'x' }], request: chat({ model: 'gpt-4o', prompt: '{{text}}' }) });
  expect(await linting.summary()).toMatchObject({ requests: 2, warnings: 1 });
  expect(await linting.summary()).toMatchObject({ requests: 2 });
});

describe('problems that a provider found after all', () => {
  const problems = [
    { code: 'duplicate_custom_id', message: "The custom_id 'a' is a duplicate.", line: 204, param: 'custom_id' },
    { message: 'Something odd.', line: 9 },
    { code: 'token_limit_exceeded', message: 'Enqueued token limit reached.' },
  ];

  test('are led back to their records', () => {
    const placed = placeProblems(problems, 37, (line) => (line === 204 ? { file: 'people.csv', index: 18_204, line: 18_206, customId: 'a' } : undefined));
    expect(placed.map(({ text }) => text)).toEqual([
      "record 18,204 of people.csv, line 204 of shard 37: The custom_id 'a' is a duplicate. [duplicate_custom_id]",
      'line 9 of shard 37: Something odd.',
      'shard 37: Enqueued token limit reached. [token_limit_exceeded]',
    ]);
    expect(placed[0]).toMatchObject({ ...problems[0], place: { index: 18_204, line: 18_206, customId: 'a', shard: 37, shardLine: 204 } });
  });
});
