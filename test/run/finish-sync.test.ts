import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startEmulator, type Emulator, type Fault } from '../../src/emulator/server.ts';
import { build, chat, messages, openRun, run, type RequestBuilder, type RunOptions } from '../../src/index.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { connect, providers, readJsonl, temporary, type ProviderName } from './setting.ts';

interface Value {
  readonly text: string;
}

const ask: Record<ProviderName, RequestBuilder<Value>> = {
  openai: chat<Value>({ model: 'gpt-4o', maxTokens: 200, prompt: ({ text }) => text }),
  anthropic: messages<Value>({ model: 'claude-haiku-4-5', maxTokens: 200, prompt: ({ text }) => text }),
};
const endpointOf = { openai: 'openai.chat.completions', anthropic: 'anthropic.messages' } as const;
const first = (code: number, rows: string): Fault => `row=${rows} attempts=1 error=${code}`;

function job(name: ProviderName, url: string, records: number, extra: Partial<Omit<RunOptions<Value>, 'sink'>> = {}): RunOptions<Value> & { sink: string } {
  const directory = temporary();
  return {
    source: Array.from({ length: records }, (_none, index) => ({ text: `t${index}` })),
    sink: join(directory, 'out.jsonl'),
    directory: join(directory, 'run'),
    provider: connect(name, url),
    request: ask[name],
    finishSync: true,
    pollIntervalMs: 250,
    graceMs: 50,
    ...extra,
  };
}

/** How often each request was executed with this status, batches and single calls told apart. */
async function executed(emulator: Emulator, status = 200): Promise<{ batch: number; alone: number; twice: number }> {
  const times = new Map<string, number>();
  const counts = { batch: 0, alone: 0 };
  for await (const execution of emulator.executions()) {
    if (execution.status !== status) continue;
    counts[execution.batchId === null ? 'alone' : 'batch'] += 1;
    times.set(execution.hash, (times.get(execution.hash) ?? 0) + 1);
  }
  return { ...counts, twice: [...times.values()].filter((count) => count > 1).length };
}

/** Time that passes as soon as it is waited for. */
function jumping() {
  const waits: number[] = [];
  let ahead = 0;
  const sleep = async (ms: number) => {
    waits.push(ms);
    ahead += ms;
    await new Promise(setImmediate);
  };
  return { waits, clock: { now: () => Date.now() + ahead, sleep } };
}

const statuses = (path: string) => readJsonl(path).map(({ result }) => (result as { status: string; reason?: string }).reason ?? (result as { status: string }).status);
const calls = (emulator: Emulator, name: ProviderName) => emulator.calls().filter(({ route }) => route === endpointOf[name]).length;

describe.each(providers)('%s', (name) => {
  test('the few that deserve another attempt are sent one by one, with the answer a batch would have given', async () => {
    const emulator = await startEmulator({ faults: [first(500, '2,5')] });
    const options = job(name, emulator.url, 8);
    const report = await run(options);
    expect(report).toMatchObject({ records: 8, outcomes: { succeeded: 8 }, batches: 1, shards: 2, attempts: 10, synchronous: 2, results: { lines: 10, orphans: 0 } });
    expect(await executed(emulator)).toEqual({ batch: 6, alone: 2, twice: 0 });
    const texts = readJsonl(options.sink).map(({ result }) => (result as { text: string }).text);
    await emulator.close();
    const other = await startEmulator();
    const plain = job(name, other.url, 8);
    await run(plain);
    await other.close();
    expect(texts).toEqual(readJsonl(plain.sink).map(({ result }) => (result as { text: string }).text));
    const joined = [];
    for await (const { outcome } of (await openRun<Value>(options.directory, options)).records()) joined.push(outcome.synchronous === true);
    expect(joined).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((row) => row === 2 || row === 5));
  });

  test('more than a few wait for another batch', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1,2,3')] });
    expect(await run(job(name, emulator.url, 5, { finishSync: 2 }))).toMatchObject({ outcomes: { succeeded: 5 }, batches: 2, synchronous: 0 });
    expect(calls(emulator, name)).toBe(0);
    await emulator.close();
  });

  test('a refusal counts as an attempt; the next waits as long as the provider asks', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1'), `${endpointOf[name]} nth=1 answer=429 retry-after=7`] });
    const { waits, clock } = jumping();
    const options = job(name, emulator.url, 2, { clock });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 2 }, attempts: 4, synchronous: 2 });
    expect(waits.some((ms) => ms > 6500 && ms <= 7000)).toBe(true);
    await emulator.close();
  });

  test('at most maxAttempts times, and what it ended with is told', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1'), `${endpointOf[name]} answer=503`] });
    const options = job(name, emulator.url, 2, { maxAttempts: 3 });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 1, errored: 1 }, attempts: 4, synchronous: 2 });
    expect(calls(emulator, name)).toBe(2);
    await emulator.close();
  });

  test('a request the endpoint refuses is a result, and not sent again', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1')], answer: ({ customId, body }) => (customId === undefined && JSON.stringify(body).includes('t0') ? { status: 400, error: { message: 'no', type: 'invalid_request_error', code: 'invalid_request_error' } } : 'yes') });
    const options = job(name, emulator.url, 2);
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 1, errored: 1 }, reasons: { invalid_request_error: 1 }, synchronous: 1 });
    await emulator.close();
  });

  test('an answer that was lost is not bought again; `retry` does so knowingly', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1'), `${endpointOf[name]} nth=1 reset=after`] });
    const options = job(name, emulator.url, 3);
    const report = await run(options);
    expect(report).toMatchObject({ outcomes: { succeeded: 2, errored: 1 }, reasons: { send_in_doubt: 1 }, synchronous: 1 });
    expect(await run(options)).toMatchObject({ reasons: { send_in_doubt: 1 }, synchronous: 1 });
    expect(calls(emulator, name)).toBe(1);
    const opened = await openRun<Value>(options.directory, options);
    expect((await opened.retry()).shards).toMatchObject({ fetched: 3 });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 3 }, synchronous: 2 });
    expect(await executed(emulator)).toMatchObject({ alone: 2, twice: 1 });
    await emulator.close();
  });

  test('a connection that is refused sends nothing: the request goes out when there is one', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1')] });
    const options = job(name, emulator.url, 1);
    const provider = options.provider;
    const dead = connect(name, 'http://127.0.0.1:1');
    let times = 0;
    const { clock } = jumping();
    const flaky = { ...provider, send: (...call: Parameters<typeof provider.send>) => ((times += 1) < 3 ? dead : provider).send(...call) };
    expect(await run({ ...options, provider: flaky, clock })).toMatchObject({ outcomes: { succeeded: 1 }, attempts: 2, synchronous: 1 });
    expect(times).toBe(3);
    await emulator.close();
  });

  test('a key that is refused ends the run; with a good one it goes on', async () => {
    const emulator = await startEmulator({ faults: [first(500, '1'), `${endpointOf[name]} nth=1 answer=401`] });
    const options = job(name, emulator.url, 1);
    await expect(run(options)).rejects.toMatchObject({ code: 'authentication_failed' });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 1 }, synchronous: 1 });
    await emulator.close();
  });

  test('where one answer after the other is lost, the rest is not sent', async () => {
    const emulator = await startEmulator({ faults: ['attempts=1 error=500', `${endpointOf[name]} reset=after`] });
    const { clock } = jumping();
    const options = job(name, emulator.url, 10, { concurrency: 1, clock });
    await expect(run(options)).rejects.toMatchObject({ code: 'circuit_open' });
    expect(calls(emulator, name)).toBe(3);
    emulator.setFaults([]);
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 7, errored: 3 }, reasons: { send_in_doubt: 3 } });
    await emulator.close();
  });
});

test.each([0, 1.5, 10_001])('finishSync: %s is refused before anything is sent', async (finishSync) => {
  const emulator = await startEmulator();
  await expect(run(job('openai', emulator.url, 1, { finishSync }))).rejects.toMatchObject({ code: 'invalid_option' });
  expect(emulator.calls()).toEqual([]);
  await emulator.close();
});

describe('a process that ends in the middle', () => {
  /** A run whose batch is through, with a shard of two requests to send one by one. */
  async function stopped() {
    const emulator = await startEmulator({ faults: [first(500, '1,2')] });
    const options = job('openai', emulator.url, 3);
    const controller = new AbortController();
    const stopping = { ...options.provider, send: async () => (controller.abort(new Error('stop')), Promise.reject(new Error('never'))) };
    await build(options);
    await expect(run({ ...options, provider: stopping, concurrency: 1, signal: controller.signal })).rejects.toThrow();
    const ledger = await openSqliteLedger(options.directory);
    return { emulator, options, ledger };
  }

  test('what has its answer on the disk counts; a line cut short does not', async () => {
    const { emulator, options, ledger } = await stopped();
    const part = join(options.directory, 'results/shard-000002-output.jsonl.part');
    const [answer] = readFileSync(join(options.directory, 'shards/shard-000002.jsonl'), 'utf8').split('\n').slice(1);
    const { custom_id: id } = JSON.parse(answer ?? '') as { custom_id: string };
    await ledger.openIntent(2, 'send', 1, 1);
    await ledger.close();
    appendFileSync(part, `${JSON.stringify({ custom_id: id, response: { status_code: 200, body: { choices: [{ message: { content: 'kept' }, finish_reason: 'stop' }] } }, error: null })}\n{"custom_id":"rec`);
    await run(options);
    expect(statuses(options.sink)).toEqual(['send_in_doubt', 'succeeded', 'succeeded']);
    expect(readFileSync(options.sink, 'utf8')).toContain('"kept"');
    expect(await executed(emulator)).toMatchObject({ alone: 0 });
    await emulator.close();
  });

  test('what has an open intent and no answer is not sent again', async () => {
    const { emulator, options, ledger } = await stopped();
    await ledger.openIntent(2, 'send', 1, 1);
    await ledger.close();
    await run(options);
    expect(statuses(options.sink)).toEqual(['send_in_doubt', 'send_in_doubt', 'succeeded']);
    expect(await executed(emulator)).toMatchObject({ alone: 0 });
    await emulator.close();
  });
});
