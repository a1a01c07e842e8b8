import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build, chat, inspectRun, messages, openRun, run, type RunOptions } from '../../src/index.ts';
import { FailureKinds } from '../../src/report/digest.ts';
import { dialectOf } from '../../src/run/dialect.ts';
import { digestRun } from '../../src/run/digest.ts';
import { roundsOf } from '../../src/run/inspect.ts';
import { inSession } from '../../src/run/session.ts';
import { connect, emulatorWith, providers, proxyOf, temporary, type ProviderName } from './setting.ts';

interface Review { readonly text: string }

function jobOf(name: ProviderName, url: string, count: number): RunOptions<Review> {
  return {
    source: Array.from({ length: count }, (_, index) => ({ text: `review ${index}` })),
    directory: join(temporary(), 'run'),
    provider: connect(name, url),
    request: name === 'openai' ? chat<Review>({ model: 'gpt-4o', prompt: ({ text }) => text }) : messages<Review>({ model: 'claude-haiku-4-5', prompt: ({ text }) => text }),
    pollIntervalMs: 250,
    graceMs: 50,
  };
}

test.each(providers)('%s: every reason with its first record; what the join found is what is shown', async (name) => {
  const emulator = await emulatorWith({ faults: ['row=2,5 error=400', 'row=3 truncated'] });
  const job = jobOf(name, emulator.url, 6);
  const report = await run(job);
  const inspection = await inspectRun(job.directory);
  expect(inspection.digest?.report).toEqual(report);
  expect(inspection.digest?.pending).toBe(0);
  expect(inspection.digest?.failures.map(({ status, count, sample }) => [status, count, sample.index, sample.customId, sample.value])).toEqual([
    ['errored', 2, 1, 'record-1', { text: 'review 1' }],
    ['unusable', 1, 2, 'record-2', { text: 'review 2' }],
  ]);
  expect(inspection.digest?.failures[0]?.sample.message).toMatch(/400/);
  expect(inspection.digest?.failures[1]?.sample.text).not.toBe('');
  expect(inspection).toMatchObject({ shardList: [{ number: 1, state: 'fetched', requestCount: 6 }], rounds: [{ round: 1, shards: 1, requests: 6 }] });
});

test.each(providers)('%s: without a join the same is found from the results that are here, and no call is made', async (name) => {
  const emulator = await emulatorWith({ faults: ['row=2 error=400'] });
  const proxy = await proxyOf(emulator);
  const job = jobOf(name, proxy.url, 3);
  await build(job);
  const handle = await openRun(job.directory, job);
  for (const step of ['submit', 'wait', 'fetch'] as const) await handle[step]();
  const calls = proxy.seen.length;
  const found = (await inspectRun(job.directory)).digest;
  expect(proxy.seen).toHaveLength(calls);
  const { endedAt: _now, ...report } = await handle.write();
  expect(found).toMatchObject({ pending: 0, report, failures: [{ status: 'errored', count: 1, sample: { index: 1 } }] });
});

test('records whose results are not here are pending, and counted nowhere else', async () => {
  const emulator = await emulatorWith({ faults: ['batch=2 status=paused_for_review for=999999999h', 'batch=1 row=1 error=400'] });
  // One at a time, so that the second batch is that of the second shard.
  const job = { ...jobOf('openai', emulator.url, 5), limits: { maxRequests: 2 }, concurrency: 1 };
  await expect(run({ ...job, maxWaitMs: 1_500 })).rejects.toMatchObject({ code: 'wait_timeout' });
  const { digest, shards } = await inspectRun(job.directory);
  expect(shards).toMatchObject({ submitted: 1, fetched: 2 });
  expect(digest).toMatchObject({ pending: 2, report: { records: 3, outcomes: { succeeded: 2, errored: 1, missing: 0 } }, failures: [{ count: 1 }] });
  emulator.setFaults([]);
  await run(job);
  expect((await inspectRun(job.directory)).digest).toMatchObject({ pending: 0, report: { records: 5, outcomes: { succeeded: 4, errored: 1 } } });
});

test('the verdict of a check, which is code, is remembered', async () => {
  const emulator = await emulatorWith({});
  const job = jobOf('openai', emulator.url, 3);
  await run({ ...job, check: (_outcome, { index }) => index !== 1 || 'not this one' });
  expect((await inspectRun(job.directory)).digest?.failures).toMatchObject([{ reason: 'invalid', count: 1, sample: { index: 1, message: expect.stringContaining('not this one') } }]);
});

test('other prices are another cost, and change nothing that is remembered', async () => {
  const emulator = await emulatorWith({});
  const job = jobOf('openai', emulator.url, 3);
  const report = await run({ ...job, check: (_outcome, { index }) => index !== 1 || 'not this one' });
  const dear = await inspectRun(job.directory, { prices: { models: { 'gpt-4o': { input: 1e6, output: 1e6 } } } });
  expect(dear.digest?.report.cost?.usd).toBeGreaterThan((report.cost?.usd ?? 0) * 1000);
  expect(dear.digest?.report.outcomes).toMatchObject({ succeeded: 2, unusable: 1 });
  expect((await inspectRun(job.directory)).digest?.report).toEqual(report);
});

test('what a join finds while the results are being read is not written over', async () => {
  const emulator = await emulatorWith({});
  const job = jobOf('openai', emulator.url, 3);
  await build(job);
  const handle = await openRun(job.directory, { ...job, check: () => 'never' });
  for (const step of ['submit', 'wait', 'fetch'] as const) await handle[step]();
  const dialect = await dialectOf(await handle.status());
  await inSession(job.directory, 'read', undefined, async (session) => {
    const [entry, { ledger }] = [await session.ledger.run(), session];
    if (!entry || !dialect) throw new Error('the run and its provider are known');
    // The join ends when the reading has just begun.
    const stretches = async () => {
      await handle.write();
      return ledger.stretches();
    };
    const slow = new Proxy(ledger, { get: (target, name) => (name === 'stretches' ? stretches : (Reflect.get(target, name) as () => unknown).bind(target)) });
    expect(await digestRun({ ...session, ledger: slow }, entry, { provider: dialect })).toMatchObject({ report: { outcomes: { succeeded: 3 } } });
  });
  expect((await inspectRun(job.directory)).digest?.failures).toMatchObject([{ reason: 'invalid', count: 3 }]);
});

test('records that share a request, or take an answer over, are counted as the join counts them, and wait with their original', async () => {
  const emulator = await emulatorWith({ faults: ['batch=2 status=paused_for_review for=999999999h'] });
  const earlier = jobOf('openai', emulator.url, 1);
  await run(earlier);
  const texts = ['review 0', 'twice', 'twice', 'once', 'once'];
  const job = { ...jobOf('openai', emulator.url, 0), source: texts.map((text) => ({ text })), reuse: [earlier.directory], dedupe: true };
  await expect(run({ ...job, maxWaitMs: 1_500 })).rejects.toMatchObject({ code: 'wait_timeout' });
  expect(await inspectRun(job.directory)).toMatchObject({ digest: { pending: 4, report: { records: 1, outcomes: { succeeded: 1 } } }, rounds: [{ round: 1, shards: 1, requests: 2 }] });
  emulator.setFaults([]);
  await build(job);
  const handle = await openRun(job.directory, job);
  await handle.wait();
  await handle.fetch();
  const found = (await inspectRun(job.directory)).digest;
  const { endedAt: _now, ...report } = await handle.write();
  expect(found).toMatchObject({ pending: 0, report });
  expect(report.origins).toEqual({ fresh: 2, reused: 1, deduplicated: 2 });
});

test('attempts: a later round is told apart, and its record is pending until it is answered', async () => {
  const emulator = await emulatorWith({ faults: ['row=2 attempts=1 error=500', 'batch=2 status=paused_for_review for=999999999h'] });
  const job = jobOf('openai', emulator.url, 3);
  await expect(run({ ...job, maxWaitMs: 1_500 })).rejects.toMatchObject({ code: 'wait_timeout' });
  expect(await inspectRun(job.directory)).toMatchObject({ rounds: [{ round: 1, requests: 3 }, { round: 2, requests: 1 }], digest: { pending: 1, report: { records: 2, outcomes: { succeeded: 2, errored: 0 } } } });
});

test('a provider of the user has no digest unless its lines can be read', async () => {
  const emulator = await emulatorWith({});
  const own = connect('openai', emulator.url);
  const job = { ...jobOf('openai', emulator.url, 2), provider: { ...own, name: 'acme' } };
  await build(job);
  const handle = await openRun(job.directory, job);
  for (const step of ['submit', 'wait', 'fetch'] as const) await handle[step]();
  expect(await inspectRun(job.directory)).not.toHaveProperty('digest');
  expect(await inspectRun(job.directory, { provider: job.provider })).toMatchObject({ digest: { report: { outcomes: { succeeded: 2 } } } });
});

test('samples are small, whatever the records hold', () => {
  const kinds = new FailureKinds();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const failed = (reason: string, value: unknown) => {
    const outcome = { status: 'errored', reason, customId: 'x', error: { code: reason, message: 'm'.repeat(9_999) } } as const;
    kinds.add(outcome, () => ({ record: { index: 0, value }, outcome }));
  };
  failed('text', { text: 'x'.repeat(9_999) });
  failed('wide', Object.fromEntries(Array.from({ length: 999 }, (_, index) => [`field${index}`, 'value'])));
  failed('circle', circle);
  failed('nothing', undefined);
  for (let index = 0; index < 500; index += 1) failed(`kind ${index}`, null);
  const list = kinds.list();
  expect(list).toHaveLength(100);
  expect(JSON.stringify(list).length).toBeLessThan(100 * 500);
  const byReason = Object.fromEntries(list.map(({ reason, sample }) => [reason, sample]));
  expect(byReason['text']?.value).toEqual({ text: `${'x'.repeat(300)}…` });
  for (const reason of ['wide', 'circle', 'nothing']) expect(byReason[reason]).not.toHaveProperty('value');
});

test('rounds are counted in order', () => {
  expect(roundsOf([{ round: 2, requestCount: 1 }, { round: 1, requestCount: 5 }, { round: 1, requestCount: 3 }])).toEqual([{ round: 1, shards: 2, requests: 8 }, { round: 2, shards: 1, requests: 1 }]);
  expect(roundsOf([])).toEqual([]);
});
