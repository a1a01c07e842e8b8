import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { chat, messages, run, type RequestBuilder, type RunOptions } from '../../src/index.ts';
import { connect, providers, temporary, type ProviderName } from './setting.ts';

const ask: Record<ProviderName, RequestBuilder> = {
  openai: chat({ model: 'gpt-5-mini', prompt: 'Say {{text}}' }),
  anthropic: messages({ model: 'claude-haiku-4-5', maxTokens: 100, prompt: 'Say {{text}}' }),
};

/** Time that passes as soon as it is waited for. */
function jumpingClock(onSleep: (ms: number) => Promise<unknown> | undefined = () => undefined) {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    sleep: async (ms: number) => {
      ahead += ms;
      await onSleep(ms);
      await new Promise(setImmediate);
    },
  };
}

function job(name: ProviderName, url: string, extra: Partial<RunOptions> = {}): RunOptions {
  return { source: [{ text: 'a' }], directory: join(temporary(), 'run'), provider: connect(name, url), request: ask[name], pollIntervalMs: 250, graceMs: 50, clock: jumpingClock(), ...extra };
}

/** An address where nobody listens. */
async function deadUrl(): Promise<string> {
  const emulator = await startEmulator();
  await emulator.close();
  return emulator.url;
}

test.each(providers)('%s: an address that never answered is given up after a few tries, and said where it comes from', async (name) => {
  const url = await deadUrl();
  const delays: string[] = [];
  const options = job(name, url, { onProgress: ({ news, isDelayed }) => void (isDelayed === true && delays.push(news ?? '')) });
  const error: unknown = await run(options).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ProviderError', code: 'provider_unavailable', message: expect.stringMatching(new RegExp(`^Nothing answers at ${url}\\S* \\(ECONNREFUSED, tried 4 times\\)\\. .*--base-url.*OPENAI_BASE_URL, ANTHROPIC_BASE_URL`)) });
  expect(delays).toHaveLength(3);
  const emulator = await startEmulator({ port: Number(new URL(url).port) });
  expect(await run(options)).toMatchObject({ outcomes: { succeeded: 1 }, batches: 1 });
  await emulator.close();
});

test.each(providers)('%s: a provider that has answered is waited for, however long it is away', async (name) => {
  const directory = temporary();
  let emulator: Emulator | undefined = await startEmulator({ directory });
  const { port, url } = emulator;
  let tries = 0;
  const clock = jumpingClock(async () => {
    if (tries >= 8) emulator ??= await startEmulator({ directory, port });
  });
  const onProgress: RunOptions['onProgress'] = ({ news, isDelayed }) => {
    if (isDelayed === true) tries += 1;
    if (news?.includes('submitted') !== true) return;
    void emulator?.close();
    emulator = undefined;
  };
  expect(await run(job(name, url, { clock, onProgress }))).toMatchObject({ outcomes: { succeeded: 1 }, batches: 1 });
  expect(tries).toBeGreaterThanOrEqual(8);
  await emulator?.close();
});
