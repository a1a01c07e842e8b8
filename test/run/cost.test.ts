import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { chat, messages, openRun, run, type PriceTable, type RunSnapshot } from '../../src/index.ts';
import { connect, readJsonl, temporary } from './setting.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const records = (count: number) => Array.from({ length: count }, (_none, index) => ({ text: `t${index}` }));
const costsIn = (path: string) => readJsonl(path).map(({ result }) => (result as { costUsd?: number }).costUsd);

/** Replaces the usage in the result lines of a shard, in order. */
function setUsage(path: string, keys: readonly string[], usages: readonly (object | undefined)[]): void {
  const lines = readJsonl(path);
  for (const [index, line] of lines.entries()) {
    const holder = keys.reduce<Record<string, unknown> | undefined>((object, key) => object?.[key] as Record<string, unknown> | undefined, line);
    if (holder) holder['usage'] = usages[index];
  }
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

describe('the cost in the report is that of a hand calculation', () => {
  test('Anthropic: read from a cache, written to it for 5 minutes and for an hour, in a batch and at full price', async () => {
    const faulty = await startEmulator({ faults: ['row=2 attempts=1 error=500'] });
    const directory = temporary();
    const options = {
      source: records(3), directory: join(directory, 'run'), provider: connect('anthropic', faulty.url), finishSync: true, pollIntervalMs: 250, graceMs: 50,
      request: messages({ model: 'claude-haiku-4-5', maxTokens: 400, prompt: '{{text}}' }),
    };
    expect(await run(options)).toMatchObject({ synchronous: 1, outcomes: { succeeded: 3 } });
    const results = (shard: number) => join(directory, `run/results/shard-00000${shard}-output.jsonl`);
    const cached = { input_tokens: 1000, cache_creation_input_tokens: 3000, cache_read_input_tokens: 4000, output_tokens: 500, cache_creation: { ephemeral_5m_input_tokens: 2000, ephemeral_1h_input_tokens: 1000 } };
    const usageOf = (id: string) => (id.endsWith('-0') ? cached : { input_tokens: 200, output_tokens: 10 });
    for (const shard of [1, 2]) setUsage(results(shard), ['result', 'message'], readJsonl(results(shard)).map((line) => usageOf(String(line['custom_id']))));
    const sink = join(directory, 'out.jsonl');
    const report = await (await openRun(options.directory, options)).write(sink, { cost: true });
    await faulty.close();
    // Haiku 4.5 for a million tokens: 1 in, 5 out, 0.10 read, 1.25 written for 5 minutes, 2 for an hour.
    const big = (1000 * 1 + 4000 * 0.1 + 2000 * 1.25 + 1000 * 2 + 500 * 5) / 1e6;
    const small = (200 * 1 + 10 * 5) / 1e6;
    const [first, second, third] = costsIn(sink);
    expect(first).toBeCloseTo(big / 2, 12);
    // One of the two went alone, at full price.
    expect([second, third].toSorted()).toEqual([small / 2, small].map((usd) => expect.closeTo(usd, 12) as unknown));
    expect(report.cost).toMatchObject({ usd: expect.closeTo(big / 2 + small / 2 + small, 10) as unknown, unpriced: 0 });
    expect(report.usage).toEqual({ inputTokens: 8400, cachedInputTokens: 4000, cacheWriteTokens: 3000, outputTokens: 520, reasoningTokens: 0 });
  });

  test('OpenAI: cached and reasoning tokens, truncated answers that were asked for again, and a price of its own', async () => {
    const directory = temporary();
    const prices: PriceTable = { batchFactor: 0.8, models: { 'gpt-5-mini': { input: 1, cachedInput: 0.1, output: 10, reasoning: 20 } } };
    const options = {
      source: records(2), directory: join(directory, 'run'), provider: connect('openai', emulator.url), pollIntervalMs: 250, graceMs: 50, growOutput: true, maxAttempts: 2, prices,
      request: chat({ model: 'gpt-5-mini', maxTokens: 2, prompt: '{{text}}' }),
    };
    // Two tokens are too few for either, and so are four.
    expect(await run(options)).toMatchObject({ attempts: 4, outcomes: { unusable: 2 } });
    const usage = { prompt_tokens: 1000, completion_tokens: 300, prompt_tokens_details: { cached_tokens: 400 }, completion_tokens_details: { reasoning_tokens: 200 } };
    for (const shard of [1, 2]) setUsage(join(directory, `run/results/shard-00000${shard}-output.jsonl`), ['response', 'body'], [usage, usage]);
    const sink = join(directory, 'out.csv');
    const report = await (await openRun(options.directory, options)).write(sink, { cost: true });
    const one = ((600 * 1 + 400 * 0.1 + 100 * 10 + 200 * 20) / 1e6) * 0.8;
    expect(report.cost).toMatchObject({ usd: expect.closeTo(4 * one, 10) as unknown, unpriced: 0 });
    expect(report.usage).toMatchObject({ inputTokens: 4000, cachedInputTokens: 1600, outputTokens: 1200, reasoningTokens: 800 });
    const [header = '', row = ''] = readFileSync(sink, 'utf8').split('\n');
    expect(Number(row.split(',')[header.split(',').indexOf('result_cost_usd')])).toBeCloseTo(2 * one, 12);
  });
});

test('a price that is not known is reported as unknown, and never as 0', async () => {
  const directory = temporary();
  const options = {
    source: [...records(2), { text: 'x', model: 'nobody-knows' }], sink: join(directory, 'out.jsonl'), directory: join(directory, 'run'), provider: connect('openai', emulator.url), pollIntervalMs: 250, graceMs: 50, cost: true,
    request: chat<{ text: string; model?: string }>({ model: ({ model = 'gpt-4o-mini' }) => model, prompt: '{{text}}' }),
  };
  const mixed = await run(options);
  expect(mixed.cost).toMatchObject({ unpriced: 1 });
  expect(mixed.cost?.usd).toBeGreaterThan(0);
  expect(costsIn(options.sink).map((usd) => usd !== undefined && usd > 0)).toEqual([true, true, false]);
  const unknown = await run({ ...options, directory: join(directory, 'other'), source: records(2), request: chat({ model: 'nobody-knows', prompt: '{{text}}' }) });
  expect(unknown.cost).toBeNull();
});

test('without being asked for, costs are in the report alone', async () => {
  const directory = temporary();
  const sink = join(directory, 'out.jsonl');
  const report = await run({ source: records(1), sink, directory: join(directory, 'run'), provider: connect('openai', emulator.url), pollIntervalMs: 250, graceMs: 50, request: chat({ model: 'gpt-4o-mini', prompt: '{{text}}' }) });
  expect(report.cost?.usd).toBeGreaterThan(0);
  expect(costsIn(sink)).toEqual([undefined]);
});

test('while it goes on, a run tells what was spent, and what it comes to', async () => {
  const snapshots: RunSnapshot[] = [];
  const directory = temporary();
  const report = await run({
    source: records(6), directory: join(directory, 'run'), provider: connect('openai', emulator.url), limits: { maxRequests: 2 }, canary: 2, pollIntervalMs: 250, graceMs: 50, concurrency: 1,
    request: chat({ model: 'gpt-4o-mini', prompt: 'Say {{text}}' }), onProgress: (snapshot) => snapshots.push(snapshot),
  });
  const [cost] = snapshots.flatMap((snapshot) => snapshot.cost ?? []);
  // The canary is in, the others are ahead.
  expect(cost?.usd).toBeGreaterThan(0);
  expect(cost?.usd).toBeLessThan(report.cost?.usd ?? 0);
  expect(cost?.expectedUsd).toBeCloseTo((cost?.usd ?? 0) * 3, 8);
  expect(cost?.estimatedUsd).toBeCloseTo(report.cost?.estimatedUsd ?? 0, 8);
});
