import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chat, run, type RunOptions } from '../../src/index.ts';
import { connect, readJsonl, temporary } from './setting.ts';

interface Value {
  readonly text: string;
  readonly isWrong: boolean;
}

function job(url: string, wrong: readonly number[], records: number, extra: Partial<Omit<RunOptions<Value>, 'sink'>> = {}): RunOptions<Value> & { sink: string } {
  const directory = temporary();
  // Validation refuses `stream`, line by line.
  const body = chat<Value>({ model: 'gpt-4o', prompt: ({ text }) => text });
  return {
    source: Array.from({ length: records }, (_none, index) => ({ text: `t${index}`, isWrong: wrong.includes(index) })),
    sink: join(directory, 'out.jsonl'),
    directory: join(directory, 'run'),
    provider: connect('openai', url),
    request: { ...body, build: (value, record) => ({ ...body.build(value, record), ...(value.isWrong ? { stream: true } : {}) }) },
    pollIntervalMs: 250,
    graceMs: 50,
    ...extra,
  };
}

const reasons = (path: string) => readJsonl(path).map(({ result }) => (result as { reason?: string; status: string }).reason ?? (result as { status: string }).status);

test('the lines that validation names are told so, each to its own record; the others go out without them', async () => {
  const emulator = await startEmulator({ validationErrors: 'all' });
  const options = job(emulator.url, [1, 4, 8], 12, { limits: { maxRequests: 6 } });
  expect(await run(options)).toMatchObject({ outcomes: { succeeded: 9, errored: 3 }, batches: 4, attempts: 12 + 9 });
  expect(reasons(options.sink)).toEqual(Array.from({ length: 12 }, (_none, index) => ([1, 4, 8].includes(index) ? 'streaming_unsupported' : 'succeeded')));
  const [, second] = readJsonl(options.sink) as { result: { error: { message: string; param: string } } }[];
  expect(second?.result.error).toMatchObject({ param: 'body.stream', message: expect.stringContaining('Streaming is not supported') });
  await emulator.close();
});

test('where only the first is named, the rounds are bounded, and what never ran says why', async () => {
  const emulator = await startEmulator();
  const options = job(emulator.url, [0, 2, 4, 6], 8);
  expect(await run(options)).toMatchObject({ outcomes: { errored: 8 }, reasons: { streaming_unsupported: 3, batch_failed: 5 }, batches: 3 });
  expect(reasons(options.sink)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((index) => ([0, 2, 4].includes(index) ? 'streaming_unsupported' : 'batch_failed')));
  // A user who corrects nothing may still allow more.
  expect(await run({ ...options, maxAttempts: 5 })).toMatchObject({ outcomes: { succeeded: 4, errored: 4 }, reasons: { streaming_unsupported: 4 } });
  await emulator.close();
});

test('a shard of which nearly all lines are named keeps the rest from being sent', async () => {
  const emulator = await startEmulator({ validationErrors: 'all' });
  const options = job(emulator.url, Array.from({ length: 60 }, (_none, index) => index), 60, { limits: { maxRequests: 20 }, queue: { maxRequests: 20 } });
  await expect(run(options)).rejects.toMatchObject({ code: 'circuit_open', message: expect.stringContaining('20 of the 20 requests of shard 1 failed with streaming_unsupported') });
  expect(emulator.calls().filter(({ route }) => route === 'openai.batches.create')).toHaveLength(1);
  await emulator.close();
});
