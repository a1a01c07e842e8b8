import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { adopt, build, chat, inspectRun, messages, openRun, readStatus, run, type Batch, type Provider, type RunOptions } from '../../src/index.ts';
import { checkTags } from '../../src/run/tags.ts';
import { connect, startProxy, temporary } from './setting.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ speed: 1_000_000 });
});
afterAll(() => emulator.close());

const optionsOf = (provider: Provider): RunOptions<{ text: string }> => ({
  source: [{ text: 'a' }, { text: 'b' }],
  directory: join(temporary(), 'run'),
  provider,
  request: provider.name === 'openai' ? chat<{ text: string }>({ model: 'gpt-4o', prompt: ({ text }) => text }) : messages<{ text: string }>({ model: 'claude-haiku-4-5', prompt: ({ text }) => text }),
  pollIntervalMs: 250,
  absenceMs: 1,
  graceMs: 50,
});

async function batchesOf(provider: Provider): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of provider.list()) found.push(batch);
  return found;
}

test('label and metadata go with each batch, and stay with the run', async () => {
  const provider = connect('openai', emulator.url, 'tagged');
  const options = { ...optionsOf(provider), label: 'nightly', metadata: { team: 'search', owner: 'Ö' } };
  await run(options);
  const [batch] = await batchesOf(provider);
  const { runId, label, metadata } = await readStatus(options.directory);
  expect(batch?.metadata).toMatchObject({ team: 'search', owner: 'Ö', millrace_label: 'nightly', millrace_run: runId, millrace_shard: '1' });
  expect({ label, metadata }).toEqual({ label: 'nightly', metadata: { team: 'search', owner: 'Ö' } });
});

test('what is said later holds from then on; what is not said stays', async () => {
  const provider = connect('openai', emulator.url, 'later');
  const options = { ...optionsOf(provider), limits: { maxRequests: 1 }, label: 'first', metadata: { team: 'search' } };
  await build(options);
  expect(await readStatus(options.directory)).toMatchObject({ label: 'first', metadata: { team: 'search' } });
  const job = await openRun(options.directory, { provider, label: 'second', pollIntervalMs: 250 });
  expect(await job.submit()).toMatchObject({ label: 'second', metadata: { team: 'search' } });
  expect((await batchesOf(provider)).map(({ metadata }) => [metadata['millrace_label'], metadata['team']])).toEqual([['second', 'search'], ['second', 'search']]);
});

test('a batch whose answer was lost is found, whatever its label has become', async () => {
  let lost = 0;
  const proxy = await startProxy(emulator, ({ method, path }) => (method === 'POST' && path.endsWith('/batches') && lost++ === 0 ? 'lose answer' : 'pass'));
  const provider = connect('openai', proxy.url, 'lost');
  const options = { ...optionsOf(provider), label: 'before' };
  await build(options);
  const first = await openRun(options.directory, { ...options, signal: AbortSignal.timeout(400) });
  await first.submit().catch(() => undefined);
  expect(await run({ ...options, label: 'after' })).toMatchObject({ outcomes: { succeeded: 2 }, batches: 1 });
  expect((await batchesOf(provider)).map(({ metadata }) => metadata['millrace_label'])).toEqual(['before']);
  await proxy.close();
});

test('where batches carry no metadata, the run keeps them all the same', async () => {
  const options = { ...optionsOf(connect('anthropic', emulator.url, 'kept')), label: 'x'.repeat(2_000), metadata: { note: 'y'.repeat(2_000) } };
  await run(options);
  expect(await inspectRun(options.directory)).toMatchObject({ label: options.label, metadata: options.metadata });
});

test('a build that begins anew for another job forgets what was said of the one before', async () => {
  const provider = connect('openai', emulator.url, 'anew');
  const options = optionsOf(provider);
  await build({ ...options, label: 'old', metadata: { a: '1' } });
  await build({ ...options, request: chat<{ text: string }>({ model: 'gpt-4o', prompt: 'another' }), metadata: { b: '2' } });
  const { label, metadata } = await readStatus(options.directory);
  expect({ label, metadata }).toEqual({ label: undefined, metadata: { b: '2' } });
});

test('an adopted run can be labeled', async () => {
  const provider = connect('openai', emulator.url, 'adopted');
  const made = optionsOf(provider);
  await run(made);
  const [batch] = await batchesOf(provider);
  const directory = join(temporary(), 'adopted');
  expect(await adopt({ source: made.source, provider, directory, batches: [batch?.id ?? ''], label: 'taken' })).toMatchObject({ label: 'taken' });
});

describe('limits of the provider, before anything is read', () => {
  const openai = { name: 'openai', metadataLimits: { maxPairs: 16, maxKeyLength: 64, maxValueLength: 512 } };
  const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

  test.each([
    ['an empty label', { label: '' }, /label is empty/],
    ['a long label', { label: 'x'.repeat(513) }, /The label has 513 characters; openai takes 512/],
    ['a long key', { metadata: { ['k'.repeat(65)]: 'v' } }, /has 65 characters; openai takes 64/],
    ['a long value', { metadata: { k: 'v'.repeat(513) } }, /The metadata "k" has 513 characters; openai takes 512/],
    ['too many', { metadata: pairs(14) }, /of which 13 are free beside those of millrace; 14 are given/],
    ['too many beside a label', { label: 'x', metadata: pairs(13) }, /of which 12 are free/],
    ['an empty key', { metadata: { '': 'v' } }, /cannot be used/],
    ['a key of ours', { metadata: { millrace_run: 'v' } }, /cannot be used/],
    ['a number', { metadata: { k: 1 as unknown as string } }, /"k" must be a text, not 1/],
  ])('%s', (_title, tags, message) => {
    expect(() => checkTags(tags, openai)).toThrow(message);
  });

  test('what just fits, fits', () => {
    expect(() => checkTags({ label: 'x'.repeat(512), metadata: { ...pairs(11), ['k'.repeat(64)]: 'v'.repeat(512) } }, openai)).not.toThrow();
    expect(() => checkTags({ metadata: pairs(40) }, { name: 'other' })).not.toThrow();
  });

  test('nothing is made of a run that would be refused', async () => {
    const options = optionsOf(connect('openai', emulator.url));
    await expect(run({ ...options, metadata: pairs(14) })).rejects.toMatchObject({ code: 'invalid_option' });
    await expect(build({ ...options, metadata: pairs(14) })).rejects.toMatchObject({ code: 'invalid_option' });
    await expect(readStatus(options.directory)).rejects.toMatchObject({ code: 'no_such_run' });
    await build(options);
    await expect(openRun(options.directory, { provider: options.provider, label: '' })).rejects.toMatchObject({ code: 'invalid_option' });
  });
});
