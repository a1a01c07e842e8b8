import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from '../../src/join/join.ts';
import { joinFiles } from '../../src/join-files.ts';
import { sourceRecord } from '../../src/records/record.ts';
import { safeCustomId } from '../../src/requests/safe-id.ts';
import { exitCodeOf } from '../../src/report/report.ts';
import { fixture, joinAll, records } from './joining.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(joinPath(tmpdir(), 'millrace-join-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function resultFile(name: string, text: string): Promise<string> {
  const path = joinPath(directory, name);
  await writeFile(path, text);
  return path;
}

function chatLine(customId: string, text: string): string {
  const body = { model: 'gpt-5-mini', choices: [{ message: { role: 'assistant', content: text }, finish_reason: 'stop' }] };
  return `${JSON.stringify({ id: 'batch_req_1', custom_id: customId, response: { status_code: 200, request_id: 'r', body }, error: null })}\n`;
}

const zero = { succeeded: 0, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 };
const clean = { lines: 0, orphans: 0, duplicates: 0, unparsable: 0, unrecognized: 0 };

describe('an OpenAI batch with an output and an error file', () => {
  const results = [fixture('openai-output.jsonl'), fixture('openai-errors.jsonl')];

  it('gives every record its outcome, in source order', async () => {
    const { joined, outcomes, rejections, report, error } = await joinAll(records('r', 13), { results, customId: 'id' });
    expect(error).toBeUndefined();
    expect(joined.map(({ record }) => record.value['id'])).toEqual(records('r', 13).map(({ id }) => id));
    expect(Object.fromEntries(Object.entries(outcomes).map(([id, { status, reason }]) => [id, reason === undefined ? status : `${status}/${reason}`]))).toEqual({
      'r-1': 'succeeded',
      'r-2': 'succeeded',
      'r-3': 'unusable/truncated',
      'r-4': 'unusable/filtered',
      'r-5': 'unusable/refused',
      'r-6': 'unusable/empty',
      'r-7': 'succeeded',
      'r-8': 'errored/context_length_exceeded',
      'r-9': 'errored/server_error',
      'r-10': 'expired',
      'r-11': 'canceled',
      'r-12': 'succeeded',
      'r-13': 'missing',
    });
    expect(report).toEqual({
      records: 13,
      outcomes: { ...zero, succeeded: 4, unusable: 4, errored: 2, expired: 1, canceled: 1, missing: 1 },
      reasons: { truncated: 1, filtered: 1, refused: 1, empty: 1, context_length_exceeded: 1, server_error: 1 },
      results: { ...clean, lines: 13, duplicates: 1 },
      usage: { inputTokens: 161, cachedInputTokens: 16, cacheWriteTokens: 0, outputTokens: 103, reasoningTokens: 4 },
      cost: null,
      shards: 0,
      batches: 0,
      attempts: 0,
      synchronous: 0,
      startedAt: '1970-01-01T00:00:00.000Z',
      endedAt: '1970-01-01T00:00:01.000Z',
    });
    expect(exitCodeOf(report)).toBe(3);
    expect(rejections.map(({ code, customId, line, file }) => ({ code, customId, line, file }))).toEqual([
      { code: 'duplicate_result', customId: 'r-12', line: 5, file: results[1] },
    ]);
    expect(rejections[0]?.raw).toContain('insufficient_quota');
  });

  it('keeps text, tool calls, refusals and the details of an error', async () => {
    const { outcomes } = await joinAll(records('r', 13), { results, customId: (value) => value['id'], body: true });
    expect(outcomes['r-2']).toMatchObject({
      text: 'naïve \u2028 你好 \0 {"custom_id": "r-1"}',
      finishReason: 'stop',
      model: 'gpt-5-mini-2025-08-07',
      usage: { inputTokens: 21, outputTokens: 9, cachedInputTokens: 16, reasoningTokens: 4 },
      body: { id: 'chatcmpl-CZ8a1' },
    });
    expect(outcomes['r-3']).toMatchObject({ text: 'The review says that', finishReason: 'length' });
    expect(outcomes['r-4']).toMatchObject({ text: 'It is about', finishReason: 'content_filter' });
    expect(outcomes['r-5']).toMatchObject({ text: "I'm sorry, I can't help with that.", finishReason: 'refusal' });
    expect(outcomes['r-7']).toMatchObject({ toolCalls: [{ id: 'call_8Hq2', name: 'label', arguments: '{"label":"mixed"}' }], finishReason: 'tool_calls' });
    expect(outcomes['r-7']).not.toHaveProperty('text');
    expect(outcomes['r-8']?.error).toEqual({
      code: 'context_length_exceeded',
      message: "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
      status: 400,
      type: 'invalid_request_error',
      param: 'messages',
    });
  });

  it('does not depend on which file comes first', async () => {
    const forwards = await joinAll(records('r', 13), { results, customId: 'id' });
    const backwards = await joinAll(records('r', 13), { results: results.toReversed(), customId: 'id' });
    expect(backwards.joined).toEqual(forwards.joined);
  });
});

it('joins a batch that failed entirely and has no output', async () => {
  const empty = await resultFile('empty.jsonl', '');
  const { report, error } = await joinAll(records('f', 2), { results: [empty, fixture('all-failed-errors.jsonl')], customId: 'id' });
  expect(error).toBeUndefined();
  expect(report).toMatchObject({ records: 2, outcomes: { ...zero, errored: 2 }, reasons: { unsupported_parameter: 1, model_not_found: 1 } });
  expect(exitCodeOf(report)).toBe(1);
});

it('calls every record missing where the result files are empty', async () => {
  const { report, error } = await joinAll(records('f', 2), { results: await resultFile('nothing.jsonl', '\n\r\n'), customId: 'id' });
  expect(error).toBeUndefined();
  expect(report).toMatchObject({ outcomes: { ...zero, missing: 2 }, results: clean });
});

it('reads all four kinds of Anthropic results, without a final newline', async () => {
  const { outcomes, report, rejections } = await joinAll(records('m', 9), { results: fixture('anthropic-results.jsonl'), customId: 'id' });
  expect(rejections).toEqual([]);
  expect(outcomes['m-1']).toEqual({
    status: 'succeeded',
    customId: 'm-1',
    text: 'Über あ',
    finishReason: 'stop',
    model: 'claude-haiku-4-5-20251001',
    usage: { inputTokens: 115, outputTokens: 4, cachedInputTokens: 100, cacheWriteTokens: 5, cacheWrite1hTokens: 0 },
  });
  expect(outcomes['m-2']).toMatchObject({ status: 'errored', reason: 'invalid_request_error', error: { message: 'messages: Field required' } });
  expect(outcomes['m-3']).toEqual({ status: 'canceled', customId: 'm-3' });
  expect(outcomes['m-4']).toEqual({ status: 'expired', customId: 'm-4' });
  expect(outcomes['m-5']).toMatchObject({ status: 'succeeded', toolCalls: [{ id: 'toolu_01', name: 'label', arguments: '{"label":"good"}' }] });
  expect(outcomes['m-6']).toMatchObject({ status: 'unusable', reason: 'truncated', text: 'Once upon' });
  expect(outcomes['m-7']).toMatchObject({ status: 'unusable', reason: 'refused' });
  expect(outcomes['m-8']).toMatchObject({ status: 'unusable', reason: 'empty' });
  expect(outcomes['m-9']).toMatchObject({ status: 'unusable', reason: 'truncated', finishReason: 'pause', text: 'Let me search.' });
  expect(report.outcomes).toEqual({ ...zero, succeeded: 2, unusable: 4, errored: 1, canceled: 1, expired: 1 });
});

it('keeps every good line of a file full of bad ones', async () => {
  const { outcomes, report, rejections, error } = await joinAll(records('u', 10), { results: fixture('ugly.jsonl'), customId: 'id' });
  expect(error).toBeUndefined();
  expect(Object.values(outcomes).filter(({ status }) => status === 'succeeded').map(({ text }) => text)).toEqual(['one', 'two', 'four', 'n\u2028ine', 'a\0b']);
  expect(report.outcomes).toEqual({ ...zero, succeeded: 5, missing: 5 });
  expect(report.results).toEqual({ ...clean, lines: 21, unparsable: 10, unrecognized: 6 });
  expect(rejections.map(({ code, line }) => `${line} ${code}`)).toEqual([
    ...[3, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((line) => `${line} unparsable`),
    ...[16, 17, 18, 19, 20, 21].map((line) => `${line} unrecognized`),
  ]);
  expect(rejections[0]).toMatchObject({ file: fixture('ugly.jsonl'), raw: '<<<<<<< HEAD' });
});

describe('several results for one record', () => {
  const files = [fixture('duplicates-first.jsonl'), fixture('duplicates-second.jsonl')];

  it('keeps a success, then a later attempt, then the first line read; the rest goes to the side', async () => {
    const { outcomes, report, rejections } = await joinAll(records('d', 4), { results: files, customId: 'id' });
    expect(Object.values(outcomes).map(({ status, text }) => [status, text])).toEqual([
      ['succeeded', 'first'],
      ['succeeded', 'whole'],
      ['succeeded', 'later'],
      ['unusable', 'cut again'],
    ]);
    expect(report.results).toEqual({ ...clean, lines: 10, duplicates: 6 });
    const surplus = rejections.map(({ file, line }) => `${file === files[0] ? 'first' : 'second'}:${line}`);
    expect(surplus.sort()).toEqual(['first:2', 'first:3', 'first:4', 'first:5', 'first:6', 'second:2']);
    expect(rejections.every(({ raw, code }) => code === 'duplicate_result' && raw?.includes('custom_id'))).toBe(true);
  });

  it('takes the attempt from the caller where it is known', async () => {
    const [first, second] = [fixture('duplicates-first.jsonl'), fixture('duplicates-second.jsonl')];
    const results = [{ path: second, attempt: 2 }, { path: first, attempt: 1 }];
    const { outcomes } = await joinAll(records('d', 4), { results, customId: 'id' });
    expect(outcomes['d-3']?.text).toBe('later');
  });
});

describe('results that belong to no record', () => {
  it('are reported with file, line and text', async () => {
    const { report, rejections, error } = await joinAll(records('o', 1), { results: fixture('orphan.jsonl'), customId: 'id' });
    expect(error).toBeUndefined();
    expect(report.results).toEqual({ ...clean, lines: 2, orphans: 1 });
    expect(rejections).toMatchObject([{ code: 'orphan', customId: 'stranger', line: 2, file: fixture('orphan.jsonl') }]);
    expect(rejections[0]?.raw).toContain('theirs');
    expect(exitCodeOf(report)).toBe(0);
  });

  it('end the join where nobody takes them', async () => {
    const stage = join({ results: fixture('orphan.jsonl'), customId: 'id' });
    await expect(pipeline(Readable.from(records('o', 1)), stage, drain)).rejects.toMatchObject({ code: 'orphan', context: { line: 2, customId: 'stranger' } });
  });

  it('fail the join where not one result meets a record, naming an id from each side', async () => {
    const { report, error, rejections } = await joinAll(records('r', 3), { results: fixture('wrong-output.jsonl'), customId: 'id' });
    expect(error).toMatchObject({ code: 'no_match' });
    expect(String(error)).toContain('"r-1"');
    expect(String(error)).toContain('"other-1"');
    expect(report.results.orphans).toBe(2);
    expect(rejections).toHaveLength(2);
  });

  it('fail the join by the same error where nobody takes the rest', async () => {
    const stage = join({ results: fixture('wrong-output.jsonl'), customId: 'id' });
    await expect(pipeline(Readable.from(records('r', 1)), stage, drain)).rejects.toMatchObject({ code: 'no_match' });
  });

  it('fail the join where no line is a result at all', async () => {
    const results = await resultFile('requests.jsonl', '{"custom_id":"r-1","method":"POST","url":"/v1/responses","body":{}}\n');
    const { error, report } = await joinAll(records('r', 1), { results, customId: 'id' });
    expect(error).toMatchObject({ code: 'no_match' });
    expect(report.results).toEqual({ ...clean, lines: 1, unrecognized: 1 });
  });

  it('are all there is where the source is empty', async () => {
    const { error, report } = await joinAll([], { results: fixture('wrong-output.jsonl'), customId: 'id' });
    expect(error).toBeUndefined();
    expect(report).toMatchObject({ records: 0, results: { lines: 2, orphans: 2 } });
  });
});

describe('the custom_id of a record', () => {
  it('is made from its index by default', async () => {
    const results = await resultFile('default.jsonl', chatLine('record-1', 'second') + chatLine('record-0', 'first'));
    const { joined } = await joinAll([{ n: 1 }, { n: 2 }], { results });
    expect(joined.map(({ outcome }) => outcome.text)).toEqual(['first', 'second']);
  });

  it('is found again where a safe id went on the wire', async () => {
    const results = await resultFile('safe.jsonl', chatLine(safeCustomId('Zürich / 1'), 'mapped'));
    const { outcomes } = await joinAll([{ id: 'Zürich / 1' }], { results, customId: 'id' });
    expect(outcomes['Zürich / 1']).toMatchObject({ status: 'succeeded', text: 'mapped' });
  });

  it('may be a number, or lie deeper', async () => {
    const results = await resultFile('deep.jsonl', chatLine('17', 'seventeen') + chatLine('18', 'eighteen'));
    const { joined } = await joinAll([{ meta: { id: 17 } }, { 'meta.id': 18n }], { results, customId: 'meta.id' });
    expect(joined.map(({ outcome }) => outcome.text)).toEqual(['seventeen', 'eighteen']);
  });

  it('must be unique: the second record is rejected, and told of the first', async () => {
    const source = [sourceRecord(0, { id: 'o-1' }, 2), sourceRecord(1, { id: 'o-1' }, 5)];
    const { joined, report } = await joinAll(source, { results: fixture('orphan.jsonl'), customId: 'id' });
    expect(joined.map(({ outcome }) => outcome.status)).toEqual(['succeeded', 'rejected']);
    expect(joined[1]?.outcome).toMatchObject({ reason: 'duplicate_custom_id', customId: 'o-1' });
    expect(joined[1]?.outcome.error?.message).toMatch(/line 5 .* line 2/);
    expect(report.reasons).toEqual({ duplicate_custom_id: 1 });
  });

  it('is also unique among records without a result', async () => {
    const { joined } = await joinAll([{ id: 'o-1' }, { id: 'x' }, { id: 'x' }], { results: fixture('orphan.jsonl'), customId: 'id' });
    expect(joined.map(({ outcome }) => outcome.status)).toEqual(['succeeded', 'missing', 'rejected']);
    expect(joined[2]?.outcome.error?.message).toContain('record 1');
  });

  it.each([
    ['empty', { id: '' }, 'invalid_custom_id'],
    ['absent', {}, 'invalid_custom_id'],
    ['null', { id: null }, 'invalid_custom_id'],
    ['an object', { id: {} }, 'invalid_custom_id'],
    ['not a number', { id: Number.NaN }, 'invalid_custom_id'],
  ])('that is %s rejects its record alone', async (_title, value, reason) => {
    const { joined } = await joinAll([value, { id: 'o-1' }], { results: fixture('orphan.jsonl'), customId: 'id' });
    expect(joined.map(({ outcome }) => outcome.status)).toEqual(['rejected', 'succeeded']);
    expect(joined[0]?.outcome.reason).toBe(reason);
  });

  it('whose function throws rejects its record alone', async () => {
    const customId = (value: { readonly [field: string]: unknown }): unknown => String(value['id']).slice(0, 3).padEnd(Number(value['width']));
    const source = [{ id: { toString: null, valueOf: null } }, { id: 'o-1', width: 3 }];
    const { joined } = await joinAll(source, { results: fixture('orphan.jsonl'), customId });
    expect(joined[0]?.outcome).toMatchObject({ status: 'rejected', reason: 'template_error' });
    expect(joined[1]?.outcome.status).toBe('succeeded');
  });

  it('never comes from the prototype of a value', async () => {
    const source: object[] = [Object.create({ id: 'o-1' }) as object, { id: 'o-1' }];
    const { joined } = await joinAll(source, { results: fixture('orphan.jsonl'), customId: 'id' });
    expect(joined.map(({ outcome }) => outcome.reason)).toEqual(['invalid_custom_id', undefined]);
  });

  it('must name a column of the source', async () => {
    const header = { keys: ['id', 'text'], names: ['id', 'text'] };
    const { error } = await joinAll([sourceRecord(0, { id: 'o-1', text: 'x' }, 2, header)], { results: fixture('orphan.jsonl'), customId: 'ID' });
    expect(error).toMatchObject({ code: 'unknown_column' });
    expect(String(error)).toContain('Did you mean "id"?');
  });
});

describe('what the join is given', () => {
  it('must be result files that exist', async () => {
    const { error } = await joinAll(records('r', 1), { results: joinPath(directory, 'absent.jsonl'), customId: 'id' });
    expect(error).toMatchObject({ code: 'file_not_found', context: { file: joinPath(directory, 'absent.jsonl') } });
  });

  it('must be at least one file', async () => {
    const { error } = await joinAll(records('r', 1), { results: [], customId: 'id' });
    expect(error).toMatchObject({ code: 'invalid_option' });
  });

  it('stops at the signal', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator {
      for (let index = 0; ; index += 1) {
        if (index === 100) controller.abort();
        yield { id: `r-${index}` };
      }
    }
    const stage = join({ results: fixture('openai-output.jsonl'), customId: 'id', signal: controller.signal });
    await expect(pipeline(endless, stage, drain)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each(['csv', 'jsonl'] as const)('of joinFiles, from CSV into %s, tells how far it is', async (format) => {
    const source = await resultFile('progress.csv', `id,text\n${Array.from({ length: 20_000 }, (_, index) => `r-${index},${'x'.repeat(200)}\n`).join('')}`);
    const results = await resultFile('progress.jsonl', `${JSON.stringify({ custom_id: 'r-0', response: { status_code: 200, body: {} }, error: null })}\n`);
    const seen: [number, number][] = [];
    const sink = joinPath(directory, `progress-out.${format}`);
    const report = await joinFiles({ source, results, customId: 'id', sink, onProgress: (outcomes, bytes) => seen.push([outcomes.missing, bytes]) });
    expect(report.outcomes).toMatchObject({ missing: 19_999 });
    const { size } = await stat(sink);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.length).toBeLessThanOrEqual(size / 2 ** 20);
    for (const [missing, bytes] of seen) expect([missing > 0 && missing < 20_000, bytes > 0 && bytes <= size]).toEqual([true, true]);
  });

  it.each(['csv', 'jsonl'] as const)('of joinFiles, into %s, ends for the reason that was given', async (format) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    async function* source(): AsyncGenerator<Buffer> {
      yield Buffer.from(format === 'csv' ? 'id\nr-0\n' : '{"id":"r-0"}\n');
      controller.abort(reason);
      yield Buffer.from(format === 'csv' ? 'r-1\n' : '{"id":"r-1"}\n');
    }
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    const joining = joinFiles({ source: Readable.from(source(), { objectMode: false }), read: { format }, results: fixture('openai-output.jsonl'), customId: 'id', sink, write: { format: 'jsonl' }, signal: controller.signal });
    await expect(joining).rejects.toBe(reason);
  });

  it('may come with a parser of its own', async () => {
    const results = await resultFile('acme.jsonl', '{"job":"o-1","said":"hello"}\n{"job":4}\n');
    const { outcomes, report } = await joinAll(records('o', 1), {
      results,
      customId: 'id',
      parseResult: (line) =>
        typeof line['said'] === 'string' ? { kind: 'answered', customId: JSON.stringify(line['job']).slice(1, -1), answer: { text: line['said'] }, body: line } : undefined,
    });
    expect(outcomes['o-1']?.text).toBe('hello');
    expect(report.results.unrecognized).toBe(1);
  });
});

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _chunk of chunks);
}
