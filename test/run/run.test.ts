import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddingOf, startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { chat, embeddings, messages, openRun, run, type RequestBuilder, type RunOptions, type RunReport, type RunSnapshot } from '../../src/index.ts';
import { openai } from '../../src/providers/openai/client.ts';
import { connect, readJsonl, temporary, vega, type ProviderName } from './setting.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const ask: Record<ProviderName, RequestBuilder> = {
  openai: chat({ model: 'gpt-5-mini', prompt: 'Say {{text}}' }),
  anthropic: messages({ model: 'claude-haiku-4-5', maxTokens: 100, prompt: 'Say {{text}}' }),
};
const sum = (report: RunReport) => Object.values(report.outcomes).reduce((total, count) => total + count, 0);

describe('real data', () => {
  test('airports.csv through OpenAI: the same rows in the same order, and a report that adds up', async () => {
    const directory = temporary();
    const sink = join(directory, 'out.csv');
    const report = await run({
      source: join(vega, 'airports.csv'),
      sink,
      directory: join(directory, 'run'),
      provider: connect('openai', emulator.url),
      customId: 'iata',
      limits: { maxRequests: 900 },
      request: chat({ model: 'gpt-5-mini', prompt: 'Where is {{name}}?' }),
      pollIntervalMs: 250, graceMs: 50,
    });
    expect(report).toMatchObject({ records: 3376, shards: 4, batches: 4, attempts: 3376, cost: { unpriced: 0 }, outcomes: { succeeded: 3376 } });
    expect(sum(report)).toBe(3376);
    // gpt-5-mini: $0.25 and $2 for a million tokens, half of it in a batch.
    expect(report.cost?.usd).toBeCloseTo((report.usage.inputTokens * 0.25 + report.usage.outputTokens * 2) / 2_000_000, 9);
    const source = parse(readFileSync(join(vega, 'airports.csv')));
    const joined = parse(readFileSync(sink));
    expect(joined.map((row) => row.slice(0, 7))).toEqual(source);
    expect(joined[0]?.slice(7)).toEqual(['result_status', 'result_reason', 'result_text', 'result_finish_reason', 'result_model', 'result_input_tokens', 'result_output_tokens', 'result_custom_id']);
    for (const row of joined.slice(1)) expect([row[7], row[14]]).toEqual(['succeeded', row[0]]);
  });

  test('movies.json through Anthropic into JSONL: every object unchanged, with its result', async () => {
    const directory = temporary();
    const sink = join(directory, 'out.jsonl');
    const report = await run({
      source: join(vega, 'movies.json'),
      sink,
      directory: join(directory, 'run'),
      provider: connect('anthropic', emulator.url),
      request: messages({ model: 'claude-haiku-4-5', maxTokens: 200, prompt: 'Which genre is {{Title}}?' }),
      pollIntervalMs: 250, graceMs: 50,
    });
    const source = JSON.parse(readFileSync(join(vega, 'movies.json'), 'utf8')) as object[];
    expect(report.records).toBe(source.length);
    expect(report.outcomes.succeeded).toBe(source.length);
    const joined = readJsonl(sink);
    expect(joined.map(({ result: _result, ...value }) => value)).toEqual(source);
    expect(joined.map(({ result }) => (result as { customId: string }).customId)).toEqual(source.map((_value, index) => `record-${index}`));
  });

  test('zipcodes.csv as embeddings: each vector is the one for its text', async () => {
    const directory = temporary();
    const sink = join(directory, 'out.jsonl');
    const report = await run({
      source: join(vega, 'zipcodes.csv'),
      read: { limit: 3000 },
      sink,
      directory: join(directory, 'run'),
      provider: connect('openai', emulator.url),
      limits: { maxRequests: 1000 },
      request: embeddings({ model: 'text-embedding-3-small', dimensions: 256, input: '{{city}}, {{state}}' }),
      pollIntervalMs: 250, graceMs: 50,
    });
    expect(report).toMatchObject({ records: 3000, shards: 3, outcomes: { succeeded: 3000 } });
    const rows = readJsonl(sink) as { city: string; state: string; result: { embedding: number[] } }[];
    expect(rows).toHaveLength(3000);
    for (const { city, state, result } of rows) expect(result.embedding).toEqual(embeddingOf(`${city}, ${state}`, 256));
  });
});

describe('sources', () => {
  const values = ['a', 'b', 'c'].map((text) => ({ id: text, text }));
  test.each([
    ['an array', () => values],
    ['an iterable', () => new Set(values)],
    [
      'an async iterable',
      () =>
        (async function* () {
          yield* values;
        })(),
    ],
    ['a stream of objects', () => Readable.from(values)],
    ['a stream of bytes', () => Readable.from([Buffer.from(values.map((value) => JSON.stringify(value)).join('\n'))], { objectMode: false })],
  ])('%s', async (_name, source) => {
    const directory = temporary();
    const sink = join(directory, 'out.jsonl');
    await run({ source: source(), read: { format: 'jsonl' }, sink, directory, provider: connect('openai', emulator.url), customId: 'id', request: ask.openai, pollIntervalMs: 250, graceMs: 50 });
    expect(readJsonl(sink)).toMatchObject(values.map((value) => ({ ...value, result: { status: 'succeeded', customId: value.id } })));
  });

  test('records with different fields get a column each in CSV, integer-like names included', async () => {
    const directory = temporary();
    const sink = join(directory, 'out.csv');
    const source = [{ b: 1, text: 'x' }, { text: 'y', 2020: 'late' }, { b: { deep: [1] }, text: 'z' }];
    await run({ source, sink, directory, provider: connect('openai', emulator.url), request: ask.openai, pollIntervalMs: 250, graceMs: 50 });
    const [header, ...rows] = parse(readFileSync(sink));
    expect(header?.slice(0, 3)).toEqual(['b', 'text', '2020']);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([['1', 'x', ''], ['', 'y', 'late'], ['{"deep":[1]}', 'z', '']]);
  });
});

describe('records that cannot be used', () => {
  const holdsItself: Record<string, unknown> = { text: 'loop' };
  holdsItself['self'] = holdsItself;
  const source = [{ text: 'a' }, holdsItself, { text: 'b', big: 10n }, { text: 'c' }];

  test('what JSON cannot hold costs one record each', async () => {
    const directory = temporary();
    const sink = join(directory, 'out.jsonl');
    const report = await run({ source, sink, directory, provider: connect('openai', emulator.url), request: ask.openai, pollIntervalMs: 250 });
    expect(report).toMatchObject({ records: 4, outcomes: { succeeded: 2, rejected: 2 }, reasons: { parse_error: 2 } });
    expect(readJsonl(sink).map(({ text }) => text)).toEqual(['a', 'c']);
    expect(readJsonl(`${sink}.rejects.jsonl`)).toMatchObject([
      { record: 1, code: 'parse_error', message: expect.stringContaining('circular') },
      { record: 2, code: 'parse_error', message: expect.stringContaining('BigInt') },
    ]);
  });

  test('strictly, the first one ends the run and is named', async () => {
    const strict = (directory: string, values: RunOptions['source']) => run({ source: values, directory, strict: true, provider: connect('openai', emulator.url), request: ask.openai });
    await expect(strict(temporary(), source)).rejects.toMatchObject({ code: 'parse_error', message: expect.stringMatching(/^record 1: /), context: { index: 1 } });
    const directory = temporary();
    const file = join(directory, 'in.jsonl');
    writeFileSync(file, '{"text":"a"}\n\n{"txt":"b"}\n');
    await expect(strict(directory, file)).rejects.toMatchObject({ code: 'template_error', message: `${file}, line 3: The template needs the field "text", which this record does not have.`, context: { file, line: 3, index: 1 } });
  });

  test('those that were read, but not sent, are in the side file with their file and line', async () => {
    const directory = temporary();
    const [file, sink] = [join(directory, 'in.jsonl'), join(directory, 'out.jsonl')];
    writeFileSync(file, '{"text":"a"}\noops\n{"txt":"b"}\n');
    await run({ source: file, sink, directory, provider: connect('openai', emulator.url), request: ask.openai, pollIntervalMs: 250 });
    expect(readJsonl(`${sink}.rejects.jsonl`)).toMatchObject([{ file, line: 2, record: 1, code: 'parse_error' }, { file, line: 3, record: 2, code: 'template_error', value: { txt: 'b' } }]);
  });
});

test('a table without rows comes out with its columns; nothing is sent', async () => {
  const directory = temporary();
  const [source, sink] = [join(directory, 'in.csv'), join(directory, 'out.csv')];
  writeFileSync(source, 'id,text\n');
  const report = await run({ source, sink, directory: join(directory, 'run'), provider: connect('openai', emulator.url), request: ask.openai });
  expect(report).toMatchObject({ records: 0, shards: 0, batches: 0 });
  expect(readFileSync(sink, 'utf8')).toBe('id,text,result_status,result_reason,result_text,result_finish_reason,result_model,result_input_tokens,result_output_tokens,result_custom_id\n');
});

test('without a key nothing is read or built', async () => {
  const directory = join(temporary(), 'run');
  const provider = openai({ apiKey: '', baseURL: `${emulator.url}/v1` });
  await expect(run({ source: [{ text: 'a' }], directory, provider, request: ask.openai })).rejects.toMatchObject({ code: 'authentication_failed' });
  expect(existsSync(directory)).toBe(false);
});

describe.each(['openai', 'anthropic'] as const)('%s: what became of each record', (name) => {
  test('answers of every kind, records that cannot be asked, and rows that cannot be read', async () => {
    const directory = temporary();
    const source = join(directory, 'in.csv');
    const sink = join(directory, 'out.csv');
    const text = ['id,text', 'ok,fine', 'bad,refuse me', ',no id', 'ok,again', 'far,too,many', `big,${'x'.repeat(5000)}`, 'last,fine'].join('\n');
    writeFileSync(source, text);
    const own = await startEmulator({ answer: ({ body }) => (JSON.stringify(body).includes('refuse me') ? { status: 400, error: { message: 'no', type: 'invalid_request_error', code: 'context_length_exceeded' } } : undefined) });
    const report = await run({ source, sink, directory: join(directory, 'run'), provider: connect(name, own.url), customId: 'id', limits: { maxBytes: 4000 }, request: ask[name], pollIntervalMs: 250, graceMs: 50 });
    await own.close();
    expect(report).toMatchObject({
      records: 7,
      outcomes: { succeeded: 2, errored: 1, rejected: 4 },
      reasons: { invalid_custom_id: 1, duplicate_custom_id: 1, parse_error: 1, too_large: 1 },
    });
    expect(sum(report)).toBe(7);
    const [header, ...rows] = parse(readFileSync(sink));
    expect(header?.slice(0, 3)).toEqual(['id', 'text', 'result_status']);
    expect(rows.map((row) => [row[0], row[2]])).toEqual([['ok', 'succeeded'], ['bad', 'errored'], ['', 'rejected'], ['ok', 'rejected'], ['far', 'rejected'], ['big', 'rejected'], ['last', 'succeeded']]);
    const rejects = readJsonl(`${sink}.rejects.jsonl`);
    expect(rejects.map(({ code, line }) => [code, line])).toEqual([['invalid_custom_id', 4], ['duplicate_custom_id', 5], ['parse_error', 6], ['too_large', 7]]);
    expect(rejects[1]?.message).toMatch(/line 5.*line 2/s);
  });

  test('a batch that fails validation is errored for every record of it, and nothing else', async () => {
    const directory = temporary();
    const sink = join(directory, 'out.jsonl');
    const request: RequestBuilder = { ...ask[name], build: ({ text }) => ({ ...ask[name].build({ text }, { index: 0, value: { text } }), model: text === 'b' ? 'no-such-model' : { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5' }[name] }) };
    const report = await run({ source: ['a', 'b', 'c'].map((text) => ({ text })), sink, directory, provider: connect(name, emulator.url), request, pollIntervalMs: 250, graceMs: 50 });
    expect(report.outcomes).toMatchObject({ succeeded: 2, errored: 1 });
    const results = readJsonl(sink).map(({ result }) => result as { status: string; reason?: string });
    expect(results.map(({ status }) => status)).toEqual(['succeeded', 'errored', 'succeeded']);
    expect(results[1]?.reason).toBe(name === 'openai' ? 'model_not_found' : 'not_found_error');
  });
});

test('many models make many shards at once; the output is in source order all the same', async () => {
  const directory = temporary();
  const sink = join(directory, 'out.jsonl');
  const source = Array.from({ length: 60 }, (_none, index) => ({ text: `t${index}`, model: `gpt-4o-${index % 20}` }));
  const request = chat<(typeof source)[number]>({ model: ({ model }) => model, prompt: ({ text }) => text });
  const report = await run({ source, sink, directory, provider: connect('openai', emulator.url), request, pollIntervalMs: 250, graceMs: 50 });
  expect(report.outcomes.succeeded).toBe(60);
  expect(report.shards).toBeGreaterThan(20);
  expect(readJsonl(sink).map(({ text }) => text)).toEqual(source.map(({ text }) => text));
  expect(readJsonl(sink).map(({ result }) => (result as { model: string }).model.startsWith('gpt-4o-'))).not.toContain(false);
});

test('progress goes through the phases and its counts grow', async () => {
  const snapshots: RunSnapshot[] = [];
  await run({ source: [{ text: 'a' }], directory: temporary(), provider: connect('openai', emulator.url), request: ask.openai, onProgress: (snapshot) => snapshots.push(snapshot), pollIntervalMs: 250, graceMs: 50 });
  expect([...new Set(snapshots.map(({ phase }) => phase))]).toEqual(['sending', 'joining', 'done']);
  expect(snapshots.at(-1)).toMatchObject({ records: 1, shards: { fetched: 1 }, outcomes: { succeeded: 1 } });
});

test('while nothing can be done but wait, progress says what is in flight, since when, and when the provider is looked at next', async () => {
  const snapshots: RunSnapshot[] = [];
  const before = Date.now();
  const report = await run({ source: [{ text: 'a' }, { text: 'b' }], directory: temporary(), provider: connect('openai', emulator.url), request: ask.openai, onProgress: (snapshot) => snapshots.push(snapshot), pollIntervalMs: 250, graceMs: 50 });
  const waiting = snapshots.find(({ nextLookAt }) => nextLookAt !== undefined);
  expect(waiting).toMatchObject({ phase: 'sending', requests: { total: 2, inFlight: 2 } });
  expect(waiting?.nextLookAt).toBeGreaterThan(waiting?.oldestBatchAt ?? Infinity);
  // The emulator keeps whole seconds.
  expect(waiting?.oldestBatchAt).toBeGreaterThanOrEqual(before - 1000);
  const { requests, oldestBatchAt, nextLookAt, bytes, usage } = snapshots.at(-1) ?? {};
  expect([requests?.inFlight, oldestBatchAt, nextLookAt]).toEqual([0, undefined, undefined]);
  expect(bytes?.downloaded).toBeGreaterThan(100);
  expect(usage).toEqual(report.usage);
});

test('a run that is aborted while it joins ends for the reason that was given', async () => {
  const controller = new AbortController();
  const directory = temporary();
  const options = { source: [{ text: 'a' }], sink: join(directory, 'out.csv'), directory, provider: connect('openai', emulator.url), request: ask.openai, pollIntervalMs: 250, graceMs: 50 };
  const reason = new Error('enough');
  await expect(run({ ...options, signal: controller.signal, onProgress: ({ phase }) => phase === 'joining' && controller.abort(reason) })).rejects.toBe(reason);
  expect((await run(options)).outcomes.succeeded).toBe(1);
});

test('openRun takes the steps one by one, from any process', async () => {
  const directory = temporary();
  const provider = connect('anthropic', emulator.url);
  const { build } = await import('../../src/index.ts');
  const built = await build({ source: ['a', 'b', 'c'].map((text) => ({ text })), directory, provider, request: ask.anthropic, limits: { maxRequests: 2 } });
  expect(built).toMatchObject({ records: 3, shards: { built: 2 }, requests: { total: 3 } });
  const job = await openRun<{ text: string }>(directory, { provider, pollIntervalMs: 250, graceMs: 50 });
  await expect(job.records().next()).rejects.toMatchObject({ code: 'not_finished' });
  expect((await job.submit()).shards).toMatchObject({ submitted: 2 });
  expect((await job.submit()).batches).toHaveLength(2);
  expect((await job.wait()).shards).toMatchObject({ ended: 2 });
  expect((await job.fetch()).shards).toMatchObject({ fetched: 2 });
  const joined = [];
  for await (const { record, outcome } of job.records()) joined.push([record.value.text, outcome.status, outcome.customId]);
  expect(joined).toEqual([
    ['a', 'succeeded', 'record-0'],
    ['b', 'succeeded', 'record-1'],
    ['c', 'succeeded', 'record-2'],
  ]);
});
