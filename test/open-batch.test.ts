import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { chat, messages, openBatch, openRun, parseResults, build, type Batch, type OpenBatchOptions, type Provider, type RunOptions } from '../src/index.ts';
import { connect, emulatorWith, providers, proxyOf, temporary, testClock, type ProviderName } from './run/setting.ts';

/** Makes a batch of three requests; gives its id. */
async function batchAt(provider: Provider): Promise<string> {
  const job: RunOptions<{ text: string }> = {
    source: ['a', 'b', 'c'].map((text) => ({ text })),
    directory: join(temporary(), 'run'),
    provider,
    request: provider.name === 'openai' ? chat<{ text: string }>({ model: 'gpt-4o', prompt: ({ text }) => text }) : messages<{ text: string }>({ model: 'claude-haiku-4-5', prompt: ({ text }) => text }),
  };
  await build(job);
  const { batches } = await (await openRun(job.directory, job)).submit();
  return batches[0]?.id ?? '';
}

async function textOf(provider: Provider, id: string, options: OpenBatchOptions = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of openBatch(provider, id, options).results()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const ids = (text: string) => text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { custom_id: string }).custom_id.replace(/^\w+-/, '')).toSorted();

describe.each(providers)('%s', (name: ProviderName) => {
  test('waits for it, and reads all of its lines', async () => {
    const emulator = await emulatorWith({ faults: ['row=2 error=400'] });
    const provider = connect(name, emulator.url);
    const seen: Batch[] = [];
    const batch = openBatch(provider, await batchAt(provider), { pollIntervalMs: 250, onBatch: (one) => seen.push(one) });
    const ended = await batch.wait();
    expect(ended).toMatchObject({ id: batch.id, status: 'ended', counts: { total: 3, succeeded: 2, failed: 1 } });
    expect(seen.at(-1)).toEqual(ended);
    const found: string[] = [];
    await pipeline(batch.results(), parseResults(), async (results) => {
      for await (const { kind } of results) found.push(kind);
    });
    expect(found.toSorted()).toEqual(['answered', 'answered', 'errored']);
  });

  test('a download that breaks off goes on where it stopped, with and without ranges', async () => {
    const route = name === 'openai' ? 'openai.files.content' : 'anthropic.batches.results';
    for (const ranges of [true, false]) {
      const emulator = await emulatorWith({ ranges, answer: () => 'x'.repeat(20_000) });
      const provider = connect(name, emulator.url);
      const id = await batchAt(provider);
      await openBatch(provider, id, { pollIntervalMs: 250 }).wait();
      const whole = await textOf(provider, id);
      emulator.setFaults([`${route} nth=1,2 reset=during bytes=5000`, `${route} nth=3 answer=503`]);
      expect((await textOf(provider, id, { clock: testClock() })) === whole).toBe(true);
      expect(emulator.faults().map(({ hits }) => hits)).toEqual([2, 1]);
      expect(ids(whole)).toHaveLength(3);
    }
  });

  test('results of a batch under way are not there yet; a wait ends when it was told to', async () => {
    const emulator = await emulatorWith({ speed: 0.001 });
    const provider = connect(name, emulator.url);
    const id = await batchAt(provider);
    const clock = testClock();
    const batch = openBatch(provider, id, { clock, pollIntervalMs: 60_000, maxWaitMs: 600_000 });
    await expect(batch.wait()).rejects.toMatchObject({ code: 'wait_timeout', context: { batchId: id } });
    expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(600_000, 2);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(60_000);
    await expect(textOf(provider, id)).rejects.toMatchObject({ code: 'not_finished' });
    expect((await batch.cancel()).rawStatus).toMatch(/^cancel/);
  });

  test('one that has ended is canceled without complaint', async () => {
    const emulator = await emulatorWith();
    const provider = connect(name, emulator.url);
    const batch = openBatch(provider, await batchAt(provider), { pollIntervalMs: 250 });
    const ended = await batch.wait();
    expect(await batch.cancel()).toEqual(ended);
  });

  test('failures that pass are waited out, others are not', async () => {
    const emulator = await emulatorWith();
    const provider = connect(name, emulator.url);
    const id = await batchAt(provider);
    emulator.setFaults([`${name}.batches.retrieve nth=1 answer=503`, `${name}.batches.retrieve nth=2 answer=429 retry-after=7`]);
    const clock = testClock();
    expect(await openBatch(provider, id, { clock }).status()).toMatchObject({ id });
    expect(clock.sleeps[1]).toBeGreaterThanOrEqual(1);
    expect(clock.sleeps).toHaveLength(2);
    await expect(openBatch(provider, name === 'openai' ? 'batch_none' : 'msgbatch_none', { clock }).status()).rejects.toMatchObject({ code: 'not_found' });
    await expect(openBatch(provider, id, { clock, signal: AbortSignal.abort(new Error('enough')) }).wait()).rejects.toThrow('enough');
    expect(clock.sleeps).toHaveLength(2);
  });
});

test('the lines of two files are never glued together', async () => {
  const emulator = await emulatorWith({ faults: ['row=2 error=400', 'row=3 cut=1'] });
  const provider = connect('openai', emulator.url);
  const id = await batchAt(provider);
  await openBatch(provider, id, { pollIntervalMs: 250 }).wait();
  const proxied = await proxyOf(emulator);
  const text = await textOf(connect('openai', proxied.url), id);
  expect(text.endsWith('\n')).toBe(true);
  expect(proxied.seen.filter(({ path }) => path.endsWith('/content'))).toHaveLength(2);
  expect(text.split('\n').filter((line) => (line.match(/"custom_id"/g) ?? []).length > 1)).toEqual([]);
});
