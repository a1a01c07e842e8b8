import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/batches/clock.ts';
import { startEmulator, type Emulator, type EmulatorOptions, type Fault } from '../../src/emulator/server.ts';
import { build, chat, messages, openRun, run, type Provider, type RequestBuilder, type RunOptions, type RunReport } from '../../src/index.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';

export const providers = ['openai', 'anthropic'] as const;
export type ProviderName = (typeof providers)[number];

/** The ways to do the same job. */
export const ways = ['run', 'steps'] as const;
export type Way = (typeof ways)[number];

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-hostile-'));

/** A three day wait with a look every minute takes fewer. */
const mostSleeps = 20_000;

/** Time that passes when somebody sleeps: emulator and run share it, so that a day of waiting takes no time. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 10, 22, 7);
  #sleeps = 0;

  now(): number {
    return this.#now;
  }

  /** Makes it later, or earlier. */
  jump(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#sleeps += 1;
    if (this.#sleeps > mostSleeps) throw new Error(`The run does not end: it has slept ${mostSleeps} times.`);
    this.#now += ms;
    // Lets the calls that are under way make progress.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    signal?.throwIfAborted();
  }
}

/** The same time, set forward or back by a fixed span. */
export function shifted(clock: Clock, byMs: number): Clock {
  return { now: () => clock.now() + byMs, sleep: (ms, signal) => clock.sleep(ms, signal) };
}

/** A provider's server with faults, at the pace of the real one. */
export async function startHostile(faults: readonly Fault[] = [], options: EmulatorOptions = {}): Promise<{ emulator: Emulator; clock: TestClock }> {
  const clock = new TestClock();
  return { clock, emulator: await startEmulator({ clock, faults, ...options }) };
}

export function connect(name: ProviderName, url: string, { apiKey = 'key', timeoutMs = 20_000 }: { apiKey?: string; timeoutMs?: number } = {}): Provider {
  return name === 'openai' ? openai({ apiKey, baseURL: `${url}/v1`, timeoutMs }) : anthropic({ apiKey, baseURL: url, timeoutMs });
}

export interface Row {
  readonly id: string;
  readonly text: string;
}

export const ask: Record<ProviderName, RequestBuilder<Row>> = {
  openai: chat<Row>({ model: 'gpt-5-mini', prompt: ({ text }) => `Say ${text}` }),
  anthropic: messages<Row>({ model: 'claude-haiku-4-5', maxTokens: 100, prompt: ({ text }) => `Say ${text}` }),
};

export const rows = (count: number): Row[] => Array.from({ length: count }, (_none, index) => ({ id: `id-${index}`, text: `text ${index}` }));

export type Job = RunOptions<Row> & { sink: string };

/** Ten records in one shard, in a directory of their own. */
export function job(name: ProviderName, emulator: Pick<Emulator, 'url'>, clock: Clock, extra: Partial<Omit<RunOptions<Row>, 'sink'>> = {}): Job {
  const directory = temporary();
  return {
    source: rows(10),
    sink: join(directory, 'out.jsonl'),
    directory: join(directory, 'run'),
    provider: connect(name, emulator.url),
    request: ask[name],
    customId: 'id',
    clock,
    tag: 'tag',
    pollIntervalMs: 600_000,
    ...extra,
  };
}

/** Does a job in the given way. */
export function execute(way: Way, options: Job): Promise<RunReport> {
  return way === 'run' ? run(options) : inSteps(options);
}

/** The same as `run`, each step by a handle that knows nothing of those before it. */
async function inSteps(options: Job): Promise<RunReport> {
  await build(options);
  for (let shards = 0; ; ) {
    for (const step of ['submit', 'wait', 'fetch'] as const) await (await openRun<Row>(options.directory, options))[step]();
    const opened = await openRun<Row>(options.directory, options);
    const after = (await opened.retry()).shards;
    const total = Object.values(after).reduce((sum, count) => sum + count, 0);
    if (total === shards || after.fetched + after.failed === total) return opened.write(options.sink, options);
    shards = total;
  }
}

/** How many calls a route got. */
export const callsOf = (emulator: Emulator, route: string): number => emulator.calls().filter((call) => call.route === route).length;

/** Routes by what they are for. */
export const routes = {
  create: { openai: 'openai.batches.create', anthropic: 'anthropic.batches.create' },
  results: { openai: 'openai.files.content', anthropic: 'anthropic.batches.results' },
  retrieve: { openai: 'openai.batches.retrieve', anthropic: 'anthropic.batches.retrieve' },
  list: { openai: 'openai.batches.list', anthropic: 'anthropic.batches.list' },
  cancel: { openai: 'openai.batches.cancel', anthropic: 'anthropic.batches.cancel' },
} as const;

/** How many requests were answered more than once: paid for twice. */
export async function paidTwice(emulator: Emulator): Promise<number> {
  const answered = new Map<string, number>();
  for await (const { customId, hash, status } of emulator.executions()) {
    if (status === 200) answered.set(`${customId} ${hash}`, (answered.get(`${customId} ${hash}`) ?? 0) + 1);
  }
  return [...answered.values()].filter((times) => times > 1).length;
}

/** How many batches the account has. */
export async function countBatches(provider: Provider): Promise<number> {
  let count = 0;
  for await (const _batch of provider.list()) count += 1;
  return count;
}
