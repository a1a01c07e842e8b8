import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { build, chat, messages, openRun, ProviderError, run, type Provider, type RequestBuilder, type RunOptions } from '../../src/index.ts';
import { connect, countBatches, providers, startProxy, temporary, type ProviderName } from './setting.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const ask: Record<ProviderName, RequestBuilder> = {
  openai: chat({ model: 'gpt-5-mini', prompt: 'Say {{text}}' }),
  anthropic: messages({ model: 'claude-haiku-4-5', maxTokens: 100, prompt: 'Say {{text}}' }),
};
const source = Array.from({ length: 10 }, (_none, index) => ({ text: `t${index}` }));

/** A run of four shards with an account of its own. */
function job(name: ProviderName, url: string, directory: string): RunOptions & { sink: string } {
  return {
    source,
    sink: join(directory, 'out.jsonl'),
    directory: join(directory, 'run'),
    provider: connect(name, url, `key-${directory}`),
    request: ask[name],
    limits: { maxRequests: 3 },
    pollIntervalMs: 250,
    absenceMs: 50,
    graceMs: 50,
    tag: 'tag',
  };
}

describe.each(providers)('%s', (name) => {
  test('a run that is interrupted after each of its calls goes on, and pays once for each shard', async () => {
    const undisturbed = temporary();
    await run(job(name, emulator.url, undisturbed));
    const directory = temporary();
    const proxy = await startProxy(emulator);
    for (let call = 1; ; call += 1) {
      const controller = new AbortController();
      const before = proxy.seen.length;
      const stop = setInterval(() => {
        if (proxy.seen.length - before >= call) controller.abort(new Error('stopped'));
      }, 1);
      const ended = await run({ ...job(name, proxy.url, directory), signal: controller.signal }).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ message: 'stopped' });
          return false;
        },
      );
      clearInterval(stop);
      if (ended) break;
    }
    await proxy.close();
    expect(proxy.creates()).toBe(4);
    expect(await countBatches(job(name, emulator.url, directory).provider)).toBe(4);
    expect(readFileSync(join(directory, 'out.jsonl'), 'utf8')).toBe(readFileSync(join(undisturbed, 'out.jsonl'), 'utf8'));
  });

  test('a download that breaks before its first byte is read is begun again', async () => {
    const directory = temporary();
    const planned = job(name, emulator.url, directory);
    let broken = 0;
    const download: Provider['download'] = async (...call) => {
      const found = await planned.provider.download(...call);
      // While the file for it is being made, nobody reads the body.
      if (broken++ === 0) setImmediate(() => found.body.destroy(new ProviderError('incomplete_download', 'cut')));
      return found;
    };
    const report = await run({ ...planned, provider: { ...planned.provider, download } });
    expect(broken).toBeGreaterThan(4);
    expect(report.outcomes.succeeded).toBe(10);
  });

  test('a create whose answer is lost is found and adopted, not sent again', async () => {
    const directory = temporary();
    const lost = new Set<string>();
    const proxy = await startProxy(emulator, ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/batches') || lost.size > 0) return 'pass';
      lost.add(path);
      return 'lose answer';
    });
    const report = await run(job(name, proxy.url, directory));
    await proxy.close();
    expect(lost.size).toBe(1);
    expect(proxy.creates()).toBe(4);
    expect(report).toMatchObject({ batches: 4, outcomes: { succeeded: 10 } });
  });

  test('a create that never arrived is sent again, after the provider was asked twice', async () => {
    const directory = temporary();
    let refused = 0;
    const proxy = await startProxy(emulator, ({ method, path }) => (method === 'POST' && path.endsWith('/batches') && refused++ === 0 ? 'refuse' : 'pass'));
    const report = await run(job(name, proxy.url, directory));
    await proxy.close();
    expect(proxy.creates()).toBe(5);
    const firstCreate = proxy.seen.findIndex(({ method, path }) => method === 'POST' && path.endsWith('/batches'));
    expect(proxy.seen.slice(firstCreate).filter(({ method, path }) => method === 'GET' && /\/batches\?/.test(path)).length).toBeGreaterThanOrEqual(2);
    expect(report).toMatchObject({ batches: 4, outcomes: { succeeded: 10 } });
  });

  test('a run that has ended only writes its sink again', async () => {
    const directory = temporary();
    const proxy = await startProxy(emulator);
    const options = job(name, proxy.url, directory);
    const first = await run(options);
    const calls = proxy.seen.length;
    const second = await run(options);
    await proxy.close();
    expect(proxy.seen.length).toBe(calls);
    expect({ ...second, endedAt: first.endedAt }).toEqual(first);
  });
});

test('another job, another account and a second process are refused', async () => {
  const directory = temporary();
  const options = job('openai', emulator.url, directory);
  await run(options);
  await expect(run({ ...options, request: chat({ model: 'gpt-5-nano', prompt: 'Say {{text}}' }) })).rejects.toMatchObject({
    code: 'run_mismatch',
    message: expect.stringMatching(/model.*gpt-5-mini.*gpt-5-nano/),
  });
  await expect(run({ ...options, source: source.slice(1) })).rejects.toMatchObject({ code: 'run_mismatch', message: expect.stringContaining('source.length') });
  await expect(run({ ...options, provider: connect('openai', 'http://127.0.0.1:1') })).rejects.toMatchObject({ code: 'run_mismatch', message: expect.stringContaining('account') });
  await expect(openRun(options.directory, { provider: connect('anthropic', emulator.url) })).rejects.toMatchObject({ code: 'run_mismatch' });
  await expect(openRun(join(directory, 'nothing'), { provider: options.provider })).rejects.toMatchObject({ code: 'no_such_run' });
  const busy = run({ ...options, directory: join(directory, 'busy') });
  await expect(run({ ...options, directory: join(directory, 'busy') })).rejects.toMatchObject({ code: 'run_locked' });
  await busy;
});

test('another key of the same address cannot go on with a run: nothing is sent', async () => {
  const directory = temporary();
  const proxy = await startProxy(emulator);
  const options = job('openai', proxy.url, directory);
  const controller = new AbortController();
  const stopped = run({ ...options, concurrency: 1, signal: controller.signal, onProgress: ({ shards }) => shards.submitted > 0 && controller.abort(new Error('stopped')) });
  await expect(stopped).rejects.toThrow('stopped');
  const creates = proxy.creates();
  expect(creates).toBeLessThan(4);
  await expect(run({ ...options, provider: connect('openai', proxy.url, 'another-key') })).rejects.toMatchObject({ code: 'run_mismatch', message: expect.stringContaining('not visible') });
  expect(proxy.creates()).toBe(creates);
  expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 }, batches: 4 });
  await proxy.close();
});

describe('a lost create answer, looked into', () => {
  /** Stops a run right after its only create arrived, whose answer is lost. */
  async function stopAfterLostCreate(name: ProviderName, server: Emulator, directory: string) {
    let creates = 0;
    const proxy = await startProxy(server, ({ method, path }) => (method === 'POST' && path.endsWith('/batches') && creates++ === 0 ? 'lose answer' : 'pass'));
    const options = { ...job(name, proxy.url, directory), limits: {} };
    const controller = new AbortController();
    const timer = setInterval(() => proxy.creates() > 0 && controller.abort(new Error('stopped')), 5);
    await expect(run({ ...options, signal: controller.signal })).rejects.toThrow('stopped');
    clearInterval(timer);
    return { options, proxy };
  }

  const batchesOf = async (provider: Provider) => {
    const found = [];
    for await (const batch of provider.list()) found.push(batch);
    return found;
  };

  test('an Anthropic batch of somebody else, of the same size and time, is found out by its first result; the own one is adopted', async () => {
    const directory = temporary();
    const foreign = { ...job('anthropic', emulator.url, temporary()), limits: {}, tag: 'other', provider: connect('anthropic', emulator.url, `key-${directory}`) };
    await run(foreign);
    const { options, proxy } = await stopAfterLostCreate('anthropic', emulator, directory);
    const report = await run(options);
    expect(report).toMatchObject({ batches: 1, outcomes: { succeeded: 10 }, results: { orphans: 0 } });
    expect(proxy.creates()).toBe(1);
    expect(await batchesOf(foreign.provider)).toHaveLength(2);
    await proxy.close();
  });

  test('two OpenAI batches of one shard: the older is kept, the other canceled', async () => {
    const slow = await startEmulator({ speed: 300 });
    const directory = temporary();
    const { options, proxy } = await stopAfterLostCreate('openai', slow, directory);
    const [first] = await batchesOf(options.provider);
    if (!first?.inputFileId) throw new Error('no batch was made');
    // What a retry of some proxy on the way would do: the same call arrives twice.
    await connect('openai', slow.url, `key-${directory}`).create({ path: '', bytes: 0, name: '', endpoint: '/v1/chat/completions', fileId: first.inputFileId, metadata: first.metadata });
    expect(await run(options)).toMatchObject({ batches: 1, outcomes: { succeeded: 10 } });
    const after = await batchesOf(options.provider);
    expect(after.map(({ id }) => id === first.id)).toEqual([false, true]);
    expect(after[0]?.rawStatus).toMatch(/^cancel/);
    expect(after[1]?.rawStatus).toBe('completed');
    await proxy.close();
    await slow.close();
  });
});

test('maxWaitMs ends the wait, and the run can be resumed', async () => {
  const slow = await startEmulator({ speed: 200 });
  const directory = temporary();
  const options = { ...job('openai', slow.url, directory), limits: {} };
  await expect(run({ ...options, maxWaitMs: 600 })).rejects.toMatchObject({ code: 'wait_timeout' });
  expect(await run(options)).toMatchObject({ batches: 1, outcomes: { succeeded: 10 } });
  await slow.close();
});

test('the key is written nowhere', async () => {
  const directory = temporary();
  const secret = 'sk-very-secret-value';
  await run({ ...job('openai', emulator.url, directory), provider: connect('openai', emulator.url, secret) });
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) expect(readFileSync(join(file.parentPath, file.name)).includes(secret)).toBe(false);
});

test('cancel asks for the batches of the run that are under way; what they finished is fetched', async () => {
  const slow = await startEmulator({ speed: 200 });
  const directory = temporary();
  const options = { ...job('anthropic', slow.url, directory), limits: {} };
  await expect(run({ ...options, maxWaitMs: 400 })).rejects.toMatchObject({ code: 'wait_timeout' });
  const opened = await openRun(options.directory, options);
  await opened.cancel();
  await opened.wait();
  await opened.fetch();
  const { outcomes, records } = await opened.write();
  expect(records).toBe(10);
  expect(outcomes.succeeded + outcomes.canceled).toBe(10);
  expect(outcomes.canceled).toBeGreaterThan(0);
  await slow.close();
});

test('a job can be corrected until anything of it was sent, and as long as its records can be read again', async () => {
  const options = job('openai', emulator.url, temporary());
  const corrected = chat({ model: 'gpt-5-nano', prompt: 'Say {{text}}' });
  await build(options);
  const news: string[] = [];
  const onProgress = ({ news: told }: { news?: string }) => void (told === undefined || news.push(told));
  await build({ ...options, request: corrected, onProgress });
  expect(news).toEqual([expect.stringMatching(/^nothing was sent yet of the run in .*: it is built anew, because request\.model was "gpt-5-mini", is "gpt-5-nano"$/)]);
  const refused = await startProxy(emulator, () => 'refuse');
  await refused.close();
  // Nothing of a call arrived: another address is still another job that may take its place.
  await expect(run({ ...options, request: corrected, provider: connect('openai', refused.url) })).rejects.toMatchObject({ code: 'provider_unavailable' });
  expect(await run({ ...options, request: corrected })).toMatchObject({ outcomes: { succeeded: source.length } });
  await expect(build(options)).rejects.toMatchObject({ code: 'run_mismatch' });
  const streamed = { ...options, directory: temporary(), source: Readable.from(source) };
  await build(streamed);
  await expect(build({ ...streamed, request: corrected })).rejects.toMatchObject({ code: 'run_mismatch' });
});
