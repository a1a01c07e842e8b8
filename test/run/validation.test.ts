import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chat, describeReport, openRun, run, type RunOptions, type RunSnapshot } from '../../src/index.ts';
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

test('each is led back to its record, while it happens, in the status, and in the report', async () => {
  const emulator = await startEmulator({ validationErrors: 'all', answer: ({ body }) => (JSON.stringify(body).includes('t7"') ? { status: 400, error: { message: 'Not this one.', code: 'refused_here', type: 'invalid_request_error' } } : 'yes') });
  const news: string[] = [];
  const path = join(temporary(), 'people.jsonl');
  writeFileSync(path, Array.from({ length: 12 }, (_none, index) => JSON.stringify({ text: `t${index}`, isWrong: [4, 8, 9].includes(index) })).join('\n'));
  const options = { ...job(emulator.url, [], 0, { limits: { maxRequests: 6 } }), source: path, onProgress: ({ news: told }: RunSnapshot) => void (told !== undefined && news.push(told)) };
  const report = await run(options);
  await emulator.close();
  const job4 = 'record 4 of people.jsonl, line 5 of shard 1: ';
  const job8 = 'record 8 of people.jsonl, line 3 of shard 2: ';
  expect(news).toContainEqual(expect.stringMatching(new RegExp(`^shard 1: failed; ${job4}.*Streaming is not supported.*\\[streaming_unsupported\\]$`)));
  expect(news).toContainEqual(expect.stringMatching(new RegExp(`^shard 2: failed; ${job8}.*, and 1 more$`)));
  const status = await (await openRun(options.directory, options)).status();
  expect(status.problems).toMatchObject([{ place: { index: 4, line: 5, shard: 1, shardLine: 5 } }, { place: { index: 8, shardLine: 3 } }, { place: { index: 9, shardLine: 4 } }]);
  expect(new Set(status.problems?.map(({ batchId }) => batchId)).size).toBe(2);
  // Record 7 went out again with the second shard that was made of what was left.
  expect(report).toMatchObject({ outcomes: { succeeded: 8, errored: 4 }, examples: { streaming_unsupported: expect.stringContaining(job4), refused_here: expect.stringMatching(/^record 7 of people\.jsonl, line \d of shard \d: Not this one\. \[refused_here\]$/) } });
  expect(describeReport(report)).toContain(`    first: ${job4}`);
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
  await expect(run(options)).rejects.toMatchObject({ code: 'circuit_open', message: expect.stringContaining('20 of the 20 requests of shard 1 failed with streaming_unsupported, the first at record 0, line 1 of shard 1: ') });
  expect(emulator.calls().filter(({ route }) => route === 'openai.batches.create')).toHaveLength(1);
  await emulator.close();
});
