import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { adopt, chat, messages, openRun, readRecords, run, shard, toRequests, type AuditLine, type RequestBuilder, type RunOptions, type RunReport, type Usage } from '../../src/index.ts';
import { connect, providers, temporary, type ProviderName } from './setting.ts';

interface Value {
  readonly id: string;
  readonly text: string;
}

const ask: Record<ProviderName, RequestBuilder<Value>> = {
  openai: chat<Value>({ model: 'gpt-4o-mini', maxTokens: 16, prompt: ({ text }) => text }),
  anthropic: messages<Value>({ model: 'claude-haiku-4-5', maxTokens: 16, prompt: ({ text }) => text }),
};
const failure = { status: 500, error: { message: 'no', code: 'api_error', type: 'api_error' } };

function job(name: ProviderName, url: string, texts: readonly string[], extra: Partial<Omit<RunOptions<Value>, 'sink' | 'audit'>> = {}) {
  const directory = temporary();
  return {
    source: texts.map((text) => ({ id: text, text })),
    customId: 'id',
    sink: join(directory, 'out.jsonl'),
    audit: join(directory, 'audit.jsonl'),
    directory: join(directory, 'run'),
    provider: connect(name, url),
    request: ask[name],
    pollIntervalMs: 250,
    graceMs: 50,
    ...extra,
  };
}

/** Answers that depend on how often a text was asked for. */
function scripted() {
  const asked = new Map<string, number>();
  return startEmulator({
    answer: ({ body }) => {
      const text = String((body['messages'] as { content: string }[])[0]?.content);
      asked.set(text, (asked.get(text) ?? 0) + 1);
      if (text.startsWith('flaky') && asked.get(text) === 1) return failure;
      return text.startsWith('long') ? 'word '.repeat(20) : 'yes';
    },
  });
}

type Paths = Readonly<Record<'sink' | 'directory', string>>;

const linesOf = (text: string) => text.trimEnd().split('\n').map((line) => JSON.parse(line) as AuditLine);
const readAudit = (path: string) => linesOf(readFileSync(path, 'utf8'));
const sentLines = (lines: readonly AuditLine[]) => lines.filter(({ attempt }) => attempt > 0);
const sumOf = (lines: readonly AuditLine[], key: keyof Usage) => lines.reduce((sum, { usage }) => sum + (usage?.[key] ?? 0), 0);

/** An audit tells of all that was sent and paid for, and of nothing else. */
function expectSums(lines: readonly AuditLine[], report: RunReport): void {
  expect(new Set(lines.map(({ record }) => record)).size).toBe(report.records);
  expect(sentLines(lines)).toHaveLength(report.attempts);
  expect(lines.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0)).toBeCloseTo(report.cost?.usd ?? NaN, 10);
  expect([sumOf(lines, 'inputTokens'), sumOf(lines, 'outputTokens')]).toEqual([report.usage.inputTokens, report.usage.outputTokens]);
}

describe.each(providers)('%s', (name) => {
  test('every attempt has its line, in source order: a failure, answers cut off, a record that was never sent', async () => {
    const emulator = await scripted();
    const options = job(name, emulator.url, ['fine', 'flaky', 'long', 'fine', 'last'], { growOutput: true, limits: { maxRequests: 2 } });
    const report = await run(options);
    const { batches } = await (await openRun<Value>(options.directory, options)).status();
    await emulator.close();
    expect(report).toMatchObject({ attempts: 6, outcomes: { succeeded: 4, rejected: 1 } });
    const lines = readAudit(options.audit);
    expect(lines).toMatchObject([
      { record: 0, customId: 'fine', attempt: 1, status: 'succeeded', shard: 1, line: 1 },
      { record: 1, customId: 'flaky', attempt: 1, status: 'errored', reason: 'api_error', shard: 1, line: 2, costUsd: 0 },
      { record: 1, customId: 'flaky', attempt: 2, status: 'succeeded', shard: 3, line: 1 },
      { record: 2, customId: 'long', attempt: 1, status: 'unusable', reason: 'truncated', shard: 2, line: 1 },
      { record: 2, customId: 'long', attempt: 2, status: 'succeeded', shard: 3, line: 2 },
      { record: 3, customId: 'fine', attempt: 0, status: 'rejected', reason: 'duplicate_custom_id' },
      { record: 4, customId: 'last', attempt: 1, status: 'succeeded', shard: 2, line: 2 },
    ]);
    expect(lines[5]).toEqual({ record: 3, customId: 'fine', attempt: 0, status: 'rejected', reason: 'duplicate_custom_id' });
    expectSums(lines, report);
    for (const line of sentLines(lines)) {
      const batch = batches.find(({ id }) => id === line.batch);
      expect(batch?.shard).toBe(line.shard);
      expect([line.createdAt, line.endedAt]).toEqual([batch?.createdAt, batch?.endedAt].map((ms) => new Date(ms ?? NaN).toISOString()));
      const file = join(options.directory, `shards/shard-00000${line.shard}.${name === 'openai' ? 'jsonl' : 'json'}`);
      expect(readFileSync(file, 'utf8').split('\n')[(line.line ?? 0) - 1]).toContain(`"content":"${line.customId}"`);
    }
  });

  test('what was sent by itself: its times, at full price', async () => {
    const emulator = await scripted();
    const options = job(name, emulator.url, ['fine', 'flaky'], { finishSync: true });
    const report = await run(options);
    await emulator.close();
    expect(report).toMatchObject({ synchronous: 1 });
    const lines = readAudit(options.audit);
    expectSums(lines, report);
    const [batched, , alone] = lines;
    expect(alone).toMatchObject({ record: 1, attempt: 2, batch: 'synchronous', shard: 2, line: 1, status: 'succeeded' });
    expect(Date.parse(alone?.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(alone?.createdAt ?? ''));
    expect(Date.parse(alone?.createdAt ?? '')).toBeGreaterThan(0);
    // "flaky" has a token or so more than "fine" at most: twice the price is the batch factor.
    expect((alone?.costUsd ?? 0) / (batched?.costUsd ?? NaN)).toBeGreaterThan(1.8);
  });

  test('a batch that was canceled: what it finished was paid for, the rest cost nothing', async () => {
    const slow = await startEmulator({ speed: 200, answer: () => 'yes' });
    const texts = Array.from({ length: 12 }, (_none, index) => `t${index}`);
    const { audit: _later, ...options } = job(name, slow.url, texts, { maxWaitMs: 400 });
    await expect(run(options)).rejects.toMatchObject({ code: 'wait_timeout' });
    const { maxWaitMs: _first, ...patient } = options;
    const opened = await openRun<Value>(options.directory, patient);
    await opened.cancel();
    const [batch] = (await opened.wait()).batches;
    await opened.fetch();
    const audit = join(options.directory, 'audit.jsonl.gz');
    const report = await opened.write(undefined, { audit });
    await slow.close();
    const lines = linesOf(gunzipSync(readFileSync(audit)).toString());
    expect(report.outcomes.succeeded + report.outcomes.canceled).toBe(12);
    expect(report.outcomes.canceled).toBeGreaterThan(0);
    expectSums(lines, report);
    for (const [position, line] of lines.entries()) {
      expect(line).toMatchObject({ record: position, attempt: 1, batch: batch?.id, shard: 1, line: position + 1 });
      if (line.status === 'canceled') expect([line.usage, line.costUsd]).toEqual([undefined, 0]);
    }
  });

  test('batches of another tool: the batch that holds the result, and no more than is known', async () => {
    const emulator = await scripted();
    const directory = temporary();
    const source = join(directory, 'in.csv');
    writeFileSync(source, ['id,text', ...Array.from({ length: 6 }, (_none, index) => `r${index},text ${index}`)].join('\n'));
    const provider = connect(name, emulator.url);
    const limits = { ...provider.limits, maxRequests: 2 };
    const ids: string[] = [];
    await pipeline(readRecords<Value>(source), toRequests({ customId: 'id', body: ask[name], limits }), shard({ directory: join(directory, 'shards'), limits }), async (shards) => {
      for await (const { path, bytes, endpoint, number } of shards) {
        const upload = { path, bytes, name: `${number}.jsonl` };
        const file = await provider.upload?.(upload);
        ids.push((await provider.create({ ...upload, endpoint, metadata: {}, ...(file ? { fileId: file.id } : {}) })).id);
      }
    });
    const options = { source, customId: 'id', directory: join(directory, 'run'), provider, batches: ids.slice(0, 2), pollIntervalMs: 250, graceMs: 50 };
    await adopt(options);
    const opened = await openRun(options.directory, options);
    await opened.wait();
    await opened.fetch();
    const audit = join(directory, 'audit.jsonl');
    const report = await opened.write(undefined, { audit });
    await emulator.close();
    const lines = readAudit(audit);
    expect(lines.map(({ record, attempt, status, batch, shard: number, line }) => [record, attempt, status, batch, number, line])).toEqual([
      ...[0, 1, 2, 3].map((record) => [record, 1, 'succeeded', ids[record < 2 ? 0 : 1], record < 2 ? 1 : 2, undefined]),
      ...[4, 5].map((record) => [record, 0, 'missing', undefined, undefined, undefined]),
    ]);
    expectSums(lines, report);
  });
});

test('more lines than a stream holds, and a price that is not known', async () => {
  const emulator = await startEmulator({ answer: () => 'yes' });
  const texts = Array.from({ length: 1500 }, (_none, index) => `t${index}`);
  const options = job('openai', emulator.url, texts, { request: chat<Value>({ model: 'nobody-knows', prompt: ({ text }) => text }) });
  const report = await run(options);
  await emulator.close();
  expect(report.cost).toBeNull();
  const lines = readAudit(options.audit);
  expect(lines.map(({ customId }) => customId)).toEqual(texts);
  expect(lines.filter(({ costUsd }) => costUsd !== undefined)).toEqual([]);
  expect(sumOf(lines, 'inputTokens')).toBe(report.usage.inputTokens);
});

test('a batch that found the queue full has a line of its own for each record, and is no attempt', async () => {
  const emulator = await startEmulator({ speed: 40_000, answer: () => 'yes', faults: ['batch=1 fail=token_limit_exceeded'] });
  const options = job('openai', emulator.url, ['a', 'b', 'c'], { limits: { maxRequests: 2 }, pollIntervalMs: 20, concurrency: 1 });
  const report = await run(options);
  const { batches } = await (await openRun<Value>(options.directory, options)).status();
  await emulator.close();
  const lines = readAudit(options.audit);
  expectSums(lines, report);
  const again = batches.filter(({ shard }) => batches.filter((other) => other.shard === shard).length > 1);
  expect(again).toHaveLength(2);
  for (const number of new Set(lines.map(({ shard: one }) => one))) {
    const ids = batches.filter(({ shard: one }) => one === number).toSorted((a, b) => a.createdAt - b.createdAt).map(({ id }) => id);
    const ofFirst = lines.filter(({ shard: one, line }) => one === number && line === 1);
    expect(ofFirst.map(({ batch }) => batch)).toEqual(ids);
    expect(ofFirst.map(({ attempt }) => attempt)).toEqual(ids.map((_id, at) => (at === ids.length - 1 ? 1 : 0)));
    for (const line of ofFirst.slice(0, -1)) expect(line).toMatchObject({ status: 'errored', reason: 'token_limit_exceeded', costUsd: 0 });
  }
});

test('an output that fails leaves the audit that was there', async () => {
  const emulator = await startEmulator();
  const options = job('openai', emulator.url, ['a', 'b']);
  await run(options);
  await emulator.close();
  const before = readFileSync(options.audit, 'utf8');
  const opened = await openRun<Value>(options.directory, options);
  await expect(opened.write(join(options.directory, 'nowhere/out.jsonl'), { audit: options.audit })).rejects.toMatchObject({ code: 'file_not_found' });
  expect(readFileSync(options.audit, 'utf8')).toBe(before);
  expect(readdirSync(join(options.directory, '..')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  await expect(opened.write(options.sink, { audit: join(options.directory, 'nowhere/audit.jsonl') })).rejects.toMatchObject({ code: 'file_not_found' });
});

test.each([
  ['is no JSON lines', () => 'audit.csv', 'invalid_option'],
  ['has no format', () => 'audit', 'unknown_format'],
  ['is the sink', ({ sink }: Paths) => sink, 'invalid_option'],
  ['is the side file', ({ sink }: Paths) => `${sink}.rejects.jsonl`, 'invalid_option'],
  ['has no folder', ({ directory }: Paths) => join(directory, 'nowhere/audit.jsonl'), 'file_not_found'],
])('an audit that %s is refused before anything is sent', async (_what, nameOf, code) => {
  const emulator = await startEmulator();
  const options = job('openai', emulator.url, ['a']);
  const audit = nameOf(options);
  await expect(run({ ...options, audit })).rejects.toMatchObject({ code });
  expect(emulator.calls()).toEqual([]);
  expect(existsSync(audit)).toBe(false);
  await emulator.close();
});
