import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chat, messages, run, type RequestBuilder, type RunOptions } from '../../src/index.ts';
import { connect, providers, startProxy, temporary, type ProviderName } from './setting.ts';

const ask: Record<ProviderName, RequestBuilder<{ text: string }>> = {
  openai: chat<{ text: string }>({ model: 'gpt-4o', prompt: ({ text }) => text }),
  anthropic: messages<{ text: string }>({ model: 'claude-haiku-4-5', maxTokens: 500, prompt: ({ text }) => text }),
};

function job(name: ProviderName, url: string, records: number, extra: Partial<RunOptions<{ text: string }>> = {}): RunOptions<{ text: string }> {
  return {
    source: Array.from({ length: records }, (_none, index) => ({ text: `t${index}` })),
    directory: join(temporary(), 'run'),
    provider: connect(name, url),
    request: ask[name],
    limits: { maxRequests: 25 },
    pollIntervalMs: 250, graceMs: 50,
    concurrency: 1,
    ...extra,
  };
}

describe.each(providers)('%s', (name) => {
  test('a canary that fails keeps the rest from being sent; run again, it is sent all the same', async () => {
    const emulator = await startEmulator({ answer: () => ({ status: 400, error: { message: 'no', type: 'invalid_request_error', code: 'invalid_request_error' } }) });
    const proxy = await startProxy(emulator);
    const options = job(name, proxy.url, 60, { canary: 3 });
    await expect(run(options)).rejects.toMatchObject({ code: 'circuit_open', message: expect.stringContaining('3 of the 3 requests') });
    expect(proxy.creates()).toBe(1);
    expect(await run(options)).toMatchObject({ outcomes: { errored: 60 }, attempts: 60, batches: 4 });
    await proxy.close();
    await emulator.close();
  });

  test('a canary that lives is followed by the rest', async () => {
    const emulator = await startEmulator();
    expect(await run(job(name, emulator.url, 60, { canary: 3 }))).toMatchObject({ outcomes: { succeeded: 60 }, shards: 4 });
    await emulator.close();
  });

  test('a shard that fails for one reason stops what was not sent yet', async () => {
    const emulator = await startEmulator({ answer: () => ({ status: 400, error: { message: 'no', type: 'not_found_error', code: 'not_found_error' } }) });
    const proxy = await startProxy(emulator);
    const options = job(name, proxy.url, 200, { queue: { maxRequests: 50 } });
    await expect(run(options)).rejects.toMatchObject({ code: 'circuit_open' });
    expect(proxy.creates()).toBeLessThan(8);
    expect(await run({ ...options, breaksCircuit: false })).toMatchObject({ outcomes: { errored: 200 }, batches: 8 });
    await proxy.close();
    await emulator.close();
  });
});

test('a full token queue is waited for: the same file goes out again when there is room', async () => {
  const emulator = await startEmulator({ enqueuedTokenLimit: 1000 });
  const proxy = await startProxy(emulator);
  const report = await run(job('openai', proxy.url, 100, { concurrency: 4 }));
  const posts = (path: string) => proxy.seen.filter((call) => call.method === 'POST' && call.path === path).length;
  await proxy.close();
  await emulator.close();
  expect(report).toMatchObject({ outcomes: { succeeded: 100 }, attempts: 100 });
  expect(posts('/v1/files')).toBe(4);
});

test('the hourly number of batches is kept to, also after a restart', async () => {
  const emulator = await startEmulator();
  let ahead = 0;
  const clock = {
    now: () => Date.now() + ahead,
    sleep: async (ms: number) => {
      ahead += ms * 100;
      await new Promise(setImmediate);
    },
  };
  const options = job('openai', emulator.url, 100, { queue: { maxBatchesPerHour: 2 }, clock, pollIntervalMs: 10_000 });
  expect(await run(options)).toMatchObject({ outcomes: { succeeded: 100 }, batches: 4 });
  expect(ahead).toBeGreaterThan(3_500_000);
  await emulator.close();
});

test('an assumed limit is found to be higher: no shard waits for the end of another once it is', async () => {
  const emulator = await startEmulator({ durationMs: 6_000_000 });
  const provider = { ...connect('openai', emulator.url), queueLimits: () => ({ maxTokens: 10 }) };
  let most = 0;
  const onProgress: RunOptions['onProgress'] = ({ shards }) => (most = Math.max(most, shards.submitted));
  expect(await run(job('openai', emulator.url, 100, { provider, onProgress, concurrency: 4 }))).toMatchObject({ outcomes: { succeeded: 100 }, batches: 4 });
  expect(most).toBe(4);
  await emulator.close();
});

test('a tier that the provider does not have is refused before anything is sent', async () => {
  const emulator = await startEmulator();
  await expect(run(job('openai', emulator.url, 1, { queue: { tier: 'scale' } }))).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining('1 to 5 at OpenAI') });
  expect(emulator.calls()).toEqual([]);
  await emulator.close();
});
