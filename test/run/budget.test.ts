import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startEmulator, type Emulator, type Fault } from '../../src/emulator/server.ts';
import { build, chat, openRun, run, type PriceTable, type RunOptions } from '../../src/index.ts';
import { connect, countBatches, temporary } from './setting.ts';

/** A dollar for a thousand tokens that come out, and nothing for those that go in: with a limit of 100, a record costs 10 cents at most. */
const prices: PriceTable = { batchFactor: 1, models: { 'gpt-4o-mini': { input: 0, output: 1000 } } };

function job(url: string, records: number, extra: Partial<RunOptions<{ text: string }>> = {}): RunOptions<{ text: string }> {
  return {
    source: Array.from({ length: records }, (_none, index) => ({ text: `t${index}` })),
    directory: join(temporary(), 'run'),
    provider: connect('openai', url),
    request: chat<{ text: string }>({ model: 'gpt-4o-mini', maxTokens: 100, prompt: '{{text}}' }),
    limits: { maxRequests: 10 },
    prices,
    pollIntervalMs: 100,
    graceMs: 50,
    ...extra,
  };
}

/** What the provider charges for all it ran. */
async function charged(emulator: Emulator, options: RunOptions<{ text: string }>): Promise<number> {
  const { cost } = await (await openRun(options.directory, options)).write();
  let count = 0;
  for await (const execution of emulator.executions()) if (execution.status === 200) count += 1;
  expect(count).toBe(Array.isArray(options.source) ? options.source.length : 0);
  return cost?.usd ?? NaN;
}

async function withEmulator<Result>(work: (emulator: Emulator) => Promise<Result>, faults: readonly Fault[] = []): Promise<Result> {
  const emulator = await startEmulator({ faults });
  try {
    return await work(emulator);
  } finally {
    await emulator.close();
  }
}

describe('a budget', () => {
  test('sends a shard at a time where it allows no two at most, and corrects by what each did cost', () =>
    withEmulator(async (emulator) => {
      const options = job(emulator.url, 40, { budgetUsd: 2.5 });
      // 4 shards of a dollar at most; the emulator answers in some 50 tokens, half of that.
      const report = await run(options);
      expect(report).toMatchObject({ outcomes: { succeeded: 40 }, batches: 4, cost: { unpriced: 0 } });
      expect(report.cost?.usd).toBeLessThanOrEqual(2.5);
      expect(await charged(emulator, options)).toBe(report.cost?.usd);
    }));

  test('stops before it could be passed, and goes on with a larger one', () =>
    withEmulator(async (emulator) => {
      const options = job(emulator.url, 40);
      const stopped = run({ ...options, budgetUsd: 1.6 });
      await expect(stopped).rejects.toMatchObject({ code: 'over_budget', message: expect.stringMatching(/The budget of \$1\.6 does not allow shard \d.*its 10 requests may cost up to \$1\.0000.*budget of at least \$\d\.\d{4}; \$\d\.\d{4} is certainly enough/) as unknown });
      const before = await countBatches(options.provider);
      expect(before).toBeGreaterThanOrEqual(1);
      expect(before).toBeLessThan(4);
      const { message } = (await stopped.catch((error: unknown) => error)) as Error;
      // What was sent is fetched: nothing that was paid for waits at the provider.
      expect(await (await openRun(options.directory, options)).status()).toMatchObject({ shards: { fetched: before, submitted: 0, ended: 0 } });
      const enough = Number(/\$(\d+\.\d{4}) is certainly enough/.exec(message)?.[1]);
      // A cent less than what it names is too little for the next shard, with nothing more sent.
      const next = Number(/at least \$(\d+\.\d{4})/.exec(message)?.[1]);
      await expect(run({ ...options, budgetUsd: next - 0.01 })).rejects.toMatchObject({ code: 'over_budget' });
      expect(await countBatches(options.provider)).toBe(before);
      const report = await run({ ...options, budgetUsd: enough });
      expect(report).toMatchObject({ outcomes: { succeeded: 40 }, batches: 4 });
      expect(report.cost?.usd).toBeLessThanOrEqual(enough);
      expect(await charged(emulator, options)).toBe(report.cost?.usd);
    }));

  test('holds in steps: what is under way is reserved, and its results make room', () =>
    withEmulator(async (emulator) => {
      const options = job(emulator.url, 30, { budgetUsd: 2.2 });
      await build(options);
      const open = () => openRun(options.directory, options);
      await expect((await open()).submit()).rejects.toMatchObject({ code: 'over_budget', message: expect.stringContaining('once their results are fetched') as unknown });
      expect(await countBatches(options.provider)).toBe(2);
      // Another process: nothing is remembered but the ledger.
      await expect((await open()).submit()).rejects.toMatchObject({ code: 'over_budget' });
      expect(await countBatches(options.provider)).toBe(2);
      await (await open()).wait();
      await (await open()).fetch();
      await (await open()).submit();
      expect(await countBatches(options.provider)).toBe(3);
    }));

  test('counts a batch whose create answer was lost as one that may have run', () =>
    withEmulator(
      async (emulator) => {
        const options = job(emulator.url, 20, { budgetUsd: 1.9, absenceMs: 100, concurrency: 1 });
        const report = await run(options);
        expect(report).toMatchObject({ outcomes: { succeeded: 20 }, batches: 2 });
        expect(await charged(emulator, options)).toBeLessThanOrEqual(1.9);
      },
      ['openai.batches.create nth=1 reset=after'],
    ));

  test('holds over rounds, and for a tail at full price', () =>
    withEmulator(
      async (emulator) => {
        const options = job(emulator.url, 10, { finishSync: true, prices: { batchFactor: 0.1, models: prices.models } });
        // A batch of a tenth of a dollar, then two records at a dime each: they fit into what it leaves over of $0.25, not of $0.2.
        await expect(run({ ...options, budgetUsd: 0.2 })).rejects.toMatchObject({ code: 'over_budget', message: expect.stringContaining('its 2 requests may cost up to $0.2000') as unknown });
        const report = await run({ ...options, budgetUsd: 0.3 });
        expect(report).toMatchObject({ outcomes: { succeeded: 10 }, synchronous: 2 });
        expect(report.cost?.usd).toBeLessThanOrEqual(0.3);
      },
      ['row=2,5 attempts=1 error=500'],
    ));

  test.each([
    ['a model without a price', { models: {} }, { model: 'nobody-knows', maxTokens: 5 }, /asks "nobody-knows", whose price is not known/],
    ['no output limit and no known context window', prices, { model: 'gpt-4o-mini' }, /has no output limit/],
    ['a hosted tool', prices, { model: 'gpt-4o-mini', maxTokens: 5, tools: [{ type: 'web_search' }] }, /findings of a hosted tool/],
  ])('is no use with %s: nothing is sent', (_name, table, request, message) =>
    withEmulator(async (emulator) => {
      const options = job(emulator.url, 2, { budgetUsd: 1000, prices: table, request: chat({ ...request, prompt: '{{text}}' }) });
      await expect(run(options)).rejects.toMatchObject({ code: 'unknown_cost', message: expect.stringMatching(message) as unknown });
      expect(await countBatches(options.provider)).toBe(0);
    }),
  );

  test('must be a sum above 0', () =>
    withEmulator(async (emulator) => {
      await expect(run(job(emulator.url, 1, { budgetUsd: 0 }))).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining('budgetUsd') as unknown });
    }));
});
