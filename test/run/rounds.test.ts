import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chat, messages, openRun, run, type RequestBuilder, type RunOptions } from '../../src/index.ts';
import { connect, providers, readJsonl, temporary, type ProviderName } from './setting.ts';

interface Value {
  readonly text: string;
  readonly model: string;
}

const ask: Record<ProviderName, RequestBuilder<Value>> = {
  openai: chat<Value>({ model: ({ model }) => model, maxTokens: 16, prompt: ({ text }) => text }),
  anthropic: messages<Value>({ model: ({ model }) => model, maxTokens: 16, prompt: ({ text }) => text }),
};
const failure = (status: number, code: string) => ({ status, error: { message: 'no', code, type: code } });

/** An emulator whose answers depend on the text and on how often it was asked. */
async function scripted(script: (text: string, times: number, limit: unknown) => unknown) {
  const asked = new Map<string, number>();
  const emulator = await startEmulator({
    answer: ({ body }) => {
      const text = String((body['messages'] as { content: string }[])[0]?.content);
      asked.set(text, (asked.get(text) ?? 0) + 1);
      return script(text, asked.get(text) ?? 0, body['max_tokens'] ?? body['max_completion_tokens']);
    },
  });
  return { emulator, asked };
}

function job(name: ProviderName, url: string, texts: readonly string[], extra: Partial<Omit<RunOptions<Value>, 'sink'>> = {}): RunOptions<Value> & { sink: string } {
  const directory = temporary();
  return {
    source: texts.map((text, index) => ({ text, model: `${name === 'openai' ? 'gpt-4o' : 'claude'}-${index % 2}` })),
    sink: join(directory, 'out.jsonl'),
    directory: join(directory, 'run'),
    provider: connect(name, url),
    request: ask[name],
    limits: { maxRequests: 4 },
    pollIntervalMs: 250, graceMs: 50,
    ...extra,
  };
}

const results = (path: string) => readJsonl(path).map(({ text, result }) => [text, (result as { status: string }).status, (result as { reason?: string }).reason]);

describe.each(providers)('%s', (name) => {
  test('only what another try can cure is sent again, until it succeeds, in source order', async () => {
    const texts = Array.from({ length: 20 }, (_none, index) => (index % 5 === 0 ? `flaky ${index}` : index % 7 === 0 ? `wrong ${index}` : `fine ${index}`));
    const { emulator, asked } = await scripted((text, times) => {
      if (text.startsWith('flaky') && times < 3) return times === 1 ? failure(500, 'api_error') : failure(429, 'rate_limit_error');
      return text.startsWith('wrong') ? failure(400, 'invalid_request_error') : 'yes';
    });
    const options = job(name, emulator.url, texts);
    const report = await run(options);
    await emulator.close();
    expect(report.outcomes).toMatchObject({ succeeded: 18, errored: 2 });
    expect(report).toMatchObject({ records: 20, attempts: 20 + 4 + 4, results: { lines: 28, orphans: 0, duplicates: 0 } });
    expect(results(options.sink)).toEqual(texts.map((text) => (text.startsWith('wrong') ? [text, 'errored', 'invalid_request_error'] : [text, 'succeeded', undefined])));
    for (const [text, times] of asked) expect([text, times]).toEqual([text, text.startsWith('flaky') ? 3 : 1]);
  });

  test('at most maxAttempts times', async () => {
    const { emulator, asked } = await scripted(() => failure(503, 'overloaded_error'));
    const report = await run(job(name, emulator.url, ['a', 'b'], { maxAttempts: 2 }));
    await emulator.close();
    expect(report).toMatchObject({ outcomes: { errored: 2 }, attempts: 4 });
    expect([...asked.values()]).toEqual([2, 2]);
  });

  test('a truncated answer is bought again only where allowed, with twice the room', async () => {
    const limits: unknown[] = [];
    const { emulator } = await scripted((_text, _times, limit) => (limits.push(limit), 'word '.repeat(30)));
    const kept = await run(job(name, emulator.url, ['long']));
    expect(kept).toMatchObject({ outcomes: { unusable: 1 }, reasons: { truncated: 1 }, attempts: 1 });
    const grown = await run(job(name, emulator.url, ['long'], { growOutput: true }));
    await emulator.close();
    expect(grown).toMatchObject({ outcomes: { succeeded: 1 }, attempts: 3 });
    expect(limits).toEqual([16, 16, 32, 64]);
  });

  test('records of several shards meet in one shard of the next round, and grow on from there', async () => {
    const limits = new Map<string, unknown[]>();
    const { emulator } = await scripted((text, _times, limit) => {
      limits.set(text, [...(limits.get(text) ?? []), limit]);
      return text.startsWith('long') ? 'word '.repeat(30) : 'short';
    });
    const texts = Array.from({ length: 24 }, (_none, index) => (index % 7 === 1 ? `long ${index}` : `t ${index}`));
    const options = job(name, emulator.url, texts, { growOutput: true });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 24 }, attempts: 24 + 4 + 4 });
    await emulator.close();
    for (const [text, seen] of limits) expect([text, seen]).toEqual([text, text.startsWith('long') ? [16, 32, 64] : [16]]);
    expect(readJsonl(options.sink).map(({ text }) => text)).toEqual(texts);
  });

  test('an account without credit stops the run; run again, the records are sent anew', async () => {
    const { emulator } = await scripted((text, times) => (text === 'b' && times === 1 ? failure(429, 'insufficient_quota') : 'yes'));
    const options = job(name, emulator.url, ['a', 'b', 'c']);
    await expect(run(options)).rejects.toMatchObject({ code: 'insufficient_quota' });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 3 }, attempts: 4 });
    await emulator.close();
  });

  test('step by step: retry sends the next round', async () => {
    const { emulator } = await scripted((text, times) => (text === 'b' && times === 1 ? failure(500, 'api_error') : 'yes'));
    const { build } = await import('../../src/index.ts');
    const options = job(name, emulator.url, ['a', 'b', 'c', 'd']);
    await build(options);
    const opened = await openRun<Value>(options.directory, options);
    await opened.submit();
    await expect(opened.retry()).rejects.toMatchObject({ code: 'not_finished' });
    await opened.wait();
    await opened.fetch();
    const before = (await opened.status()).batches.length;
    expect((await opened.retry()).batches).toHaveLength(before + 1);
    await opened.wait();
    await opened.fetch();
    expect((await opened.retry()).batches).toHaveLength(before + 1);
    const joined = [];
    for await (const { record, outcome } of opened.records()) joined.push([record.value.text, outcome.status]);
    expect(joined).toEqual(['a', 'b', 'c', 'd'].map((text) => [text, 'succeeded']));
    await emulator.close();
  });
});

test('a request line goes out again byte for byte', async () => {
  const { emulator } = await scripted((_text, times) => (times === 1 ? failure(500, 'api_error') : 'yes'));
  const options = job('anthropic', emulator.url, ['ü "quoted"\n', 'second']);
  await run(options);
  await emulator.close();
  const [first, second] = ['000001', '000002'].map((number) => readFileSync(join(options.directory, `shards/shard-${number}.json`), 'utf8'));
  expect(second).toBe(first);
});
