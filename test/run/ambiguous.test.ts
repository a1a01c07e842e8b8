import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/server.ts';
import { messages, openRun, run, type RunOptions } from '../../src/index.ts';
import { connect, countBatches, readJsonl, temporary } from './setting.ts';

// Anthropic's batches carry no metadata: those of two shards with as many requests look alike until their results are read.

let emulator: Emulator | undefined;
afterEach(() => emulator?.close());

const source = Array.from({ length: 6 }, (_none, index) => ({ id: `r${index}` }));

/** A run of two shards with three requests each, at a provider that loses calls. */
async function job(faults: readonly string[], more: EmulatorOptions = {}): Promise<RunOptions & { sink: string; emulator: Emulator }> {
  // Slow enough for a shard to look twice before a batch ends.
  emulator = await startEmulator({ speed: 500, faults, ...more, answer: ({ body }) => JSON.stringify(body.messages) });
  const directory = temporary();
  return {
    emulator,
    source,
    sink: join(directory, 'out.jsonl'),
    directory: join(directory, 'run'),
    provider: connect('anthropic', emulator.url),
    customId: 'id',
    request: messages({ model: 'claude-haiku-4-5', prompt: 'Say {{id}}' }),
    limits: { maxRequests: 3 },
    pollIntervalMs: 50,
    absenceMs: 100,
    graceMs: 50,
    tag: 'tag',
  };
}

/** Ends a run once both shards have been sent and both answers are lost: the next one begins with two doubts, in order of shards. */
async function stopInDoubt({ emulator: server, ...options }: Awaited<ReturnType<typeof job>>): Promise<void> {
  const controller = new AbortController();
  const timer = setInterval(() => creates(server) === 2 && controller.abort(new Error('stopped')), 1);
  await expect(run({ ...options, concurrency: 1, signal: controller.signal })).rejects.toThrow('stopped');
  clearInterval(timer);
}

const creates = (server: Emulator) => server.calls().filter(({ route }) => route === 'anthropic.batches.create').length;

const firstIsLost = ['anthropic.batches.create nth=1 reset=before', 'anthropic.batches.create nth=2 reset=after'];

test.each([
  ['only the second create arrived', firstIsLost, 3, true],
  ['only the first create arrived', ['anthropic.batches.create nth=1 reset=after', 'anthropic.batches.create nth=2 reset=before'], 3, false],
  ['both arrived, and each shard first sees the batch of the other', ['anthropic.batches.create nth=1,2 reset=after', 'anthropic.batches.list batch=1 hidden=1'], 2, true],
])('%s: every record is paid for once, and gets its own answer', async (_case, faults, calls, isMistaken) => {
  const made = await job(faults);
  await stopInDoubt(made);
  const { emulator: server, ...options } = made;
  const report = await run(options);
  expect(report).toMatchObject({ batches: 2, shards: 2, attempts: 6, outcomes: { succeeded: 6 }, results: { orphans: 0, duplicates: 0 } });
  expect(creates(server)).toBe(calls);
  // Results that were read for the wrong shard are read once more.
  expect(server.calls().filter(({ route }) => route === 'anthropic.batches.results').length > 2).toBe(isMistaken);
  expect(await countBatches(options.provider)).toBe(2);
  const rows = readJsonl(options.sink);
  expect(rows.map(({ id, result }) => JSON.stringify(result).includes(`Say ${String(id)}`))).toEqual(source.map(() => true));
});

test('submit does not wait for results that only fetch would read; the steps after it settle the doubt', async () => {
  const made = await job(firstIsLost);
  await stopInDoubt(made);
  const { emulator: server, ...options } = made;
  const opened = await openRun(options.directory, options);
  await expect(opened.submit()).rejects.toMatchObject({ code: 'create_in_doubt', message: expect.stringMatching(/wait for it and fetch it/) });
  await opened.wait();
  await opened.fetch();
  await opened.submit();
  await opened.wait();
  await opened.fetch();
  await opened.wait();
  await opened.fetch();
  expect(await opened.write()).toMatchObject({ batches: 2, outcomes: { succeeded: 6 } });
  expect(creates(server)).toBe(3);
});

const strangerFirst = ['attempts=1 row=1 missing', 'attempts=1 row=1 orphan'];

test.each([
  ['whose create call was answered', [], false],
  ['that was adopted by time and count', ['anthropic.batches.create nth=1,2 reset=after'], true],
])('a line of a stranger at the top of the results does not make a batch %s somebody else\'s', async (_case, faults, isInDoubt) => {
  const made = await job([...strangerFirst, ...faults], { shuffle: false });
  if (isInDoubt) await stopInDoubt(made);
  const { emulator: server, ...options } = made;
  const report = await run(options);
  expect(report).toMatchObject({ batches: 3, attempts: 8, outcomes: { succeeded: 6 }, results: { orphans: 2 } });
  expect(creates(server)).toBe(3);
});
