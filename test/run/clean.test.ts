import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/emulator/server.ts';
import { adopt, build, chat, clean, messages, openRun, run, type Provider, type RunOptions } from '../../src/index.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { connect, countBatches, emulatorWith, providers, proxyOf, temporary, testClock, type ProviderName } from './setting.ts';

interface Review { readonly text: string }

function jobOf(provider: Provider, count = 4): RunOptions<Review> {
  return {
    source: Array.from({ length: count }, (_, index) => ({ text: `review ${index}` })),
    directory: join(temporary(), 'run'),
    provider,
    request: provider.name === 'openai' ? chat<Review>({ model: 'gpt-4o', prompt: ({ text }) => text }) : messages<Review>({ model: 'claude-haiku-4-5', prompt: ({ text }) => text }),
    limits: { maxRequests: 2 },
    pollIntervalMs: 250,
    graceMs: 50,
    absenceMs: 1,
  };
}

/** Ids of what an account still has: files at OpenAI, batches at Anthropic. */
async function left(name: ProviderName, emulator: Emulator, key: string): Promise<string[]> {
  const path = name === 'openai' ? '/v1/files' : '/v1/messages/batches';
  const answer = await fetch(`${emulator.url}${path}`, { headers: name === 'openai' ? { authorization: `Bearer ${key}` } : { 'x-api-key': key, 'anthropic-version': '2023-06-01' } });
  const { data } = (await answer.json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

const deletions = (seen: readonly { method: string; path: string }[]) => seen.filter(({ method }) => method === 'DELETE').map(({ path }) => path.split('/').at(-1) ?? '');

describe.each(providers)('%s', (name) => {
  test('deletes all that the run made, and nothing that another did', async () => {
    const emulator = await emulatorWith({ faults: ['row=2 error=400'] });
    const proxy = await proxyOf(emulator);
    const other = jobOf(connect(name, emulator.url, 'account'));
    await run(other);
    const others = await left(name, emulator, 'account');
    const job = jobOf(connect(name, proxy.url, 'account'));
    await run(job);
    const all = await left(name, emulator, 'account');
    const own = all.filter((id) => !others.includes(id));
    expect(own).toHaveLength(name === 'openai' ? 6 : 2);

    const planned = await clean(job.directory, { ...job, dryRun: true });
    expect(planned.map(({ id, result }) => [id, result]).toSorted()).toEqual(own.map((id) => [id, 'kept']).toSorted());
    expect(deletions(proxy.seen)).toEqual([]);

    const cleaned = await clean(job.directory, job);
    expect(cleaned.every(({ result, kind }) => result === 'deleted' && kind === (name === 'openai' ? 'file' : 'batch'))).toBe(true);
    expect(deletions(proxy.seen).toSorted()).toEqual(own.toSorted());
    expect((await left(name, emulator, 'account')).toSorted()).toEqual(others.toSorted());
  });

  test('again: what is gone is not asked for; what somebody else deleted is as good as deleted', async () => {
    const emulator = await emulatorWith();
    const proxy = await proxyOf(emulator);
    const job = jobOf(connect(name, proxy.url, 'account'));
    await run(job);
    const [first] = await clean(job.directory, { ...job, dryRun: true });
    await job.provider.remove(first?.kind === 'file' ? { fileId: first.id } : { batchId: first?.id ?? '' });
    const cleaned = await clean(job.directory, job);
    expect(cleaned.map(({ result }) => result)).toEqual(['gone', ...cleaned.slice(1).map(() => 'deleted')]);
    const calls = proxy.seen.length;
    expect((await clean(job.directory, job)).every(({ result }) => result === 'gone')).toBe(true);
    expect(await clean(job.directory, { ...job, dryRun: true })).toEqual([]);
    expect(proxy.seen).toHaveLength(calls);
    // The run is as it was.
    expect(await run(job)).toMatchObject({ outcomes: { succeeded: 4 }, batches: 2 });
  });

  test('a deletion that fails for a while is tried again, one that ended half is gone on with', async () => {
    const route = name === 'openai' ? 'openai.files.delete' : 'anthropic.batches.delete';
    const emulator = await emulatorWith({ faults: [`${route} nth=1 answer=503`, `${route} nth=3 answer=403`] });
    const job = jobOf(connect(name, emulator.url, 'account'));
    await run(job);
    await expect(clean(job.directory, job)).rejects.toMatchObject({ code: 'permission_denied' });
    emulator.setFaults([]);
    const results = (await clean(job.directory, job)).map(({ result }) => result);
    expect(results[0]).toBe('gone');
    expect(results.at(-1)).toBe('deleted');
    expect(await left(name, emulator, 'account')).toEqual([]);
  });

  test('a deletion that goes on failing is given up after five tries', async () => {
    const emulator = await emulatorWith();
    const job = jobOf(connect(name, emulator.url, 'account'));
    await run(job);
    emulator.setFaults([`${name === 'openai' ? 'openai.files.delete' : 'anthropic.batches.delete'} answer=503`]);
    const clock = testClock();
    await expect(clean(job.directory, { ...job, clock })).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(emulator.faults().map(({ hits }) => hits)).toEqual([5]);
    expect(clock.sleeps).toHaveLength(4);
  });

  test('refuses while a batch is under way, and while results are not here', async () => {
    const emulator = await emulatorWith();
    const proxy = await proxyOf(emulator);
    const job = jobOf(connect(name, proxy.url, 'account'));
    await build(job);
    const handle = await openRun(job.directory, job);
    expect(await clean(job.directory, job)).toEqual([]);
    await handle.submit();
    await expect(clean(job.directory, job)).rejects.toMatchObject({ code: 'not_finished', message: expect.stringContaining('under way') });
    await expect(clean(job.directory, { ...job, dryRun: true })).rejects.toMatchObject({ code: 'not_finished' });
    await handle.wait();
    await expect(clean(job.directory, job)).rejects.toMatchObject({ code: 'not_finished', message: expect.stringContaining('not fetched') });
    expect(deletions(proxy.seen)).toEqual([]);
    await handle.fetch();
    expect((await clean(job.directory, job)).length).toBeGreaterThan(0);
  });

  test('the batches of an adopted run are another tool’s', async () => {
    const emulator = await emulatorWith();
    const provider = connect(name, emulator.url, 'account');
    const made = jobOf(provider, 2);
    await run(made);
    const ids: string[] = [];
    for await (const { id } of provider.list()) ids.push(id);
    const directory = join(temporary(), 'adopted');
    await adopt({ source: made.source, provider, directory, batches: ids });
    const handle = await openRun(directory, made);
    await handle.wait();
    await handle.fetch();
    expect(await clean(directory, { provider })).toEqual([]);
  });

  test('records can be sent again after it', async () => {
    const emulator = await emulatorWith({ faults: ['row=1 attempts=1 error=500'] });
    const job = jobOf(connect(name, emulator.url, 'account'), 2);
    await run({ ...job, maxAttempts: 1 });
    await clean(job.directory, job);
    emulator.setFaults([]);
    expect(await run(job)).toMatchObject({ outcomes: { succeeded: 2 }, batches: 2 });
    const again = await clean(job.directory, job);
    expect(again.filter(({ result }) => result === 'deleted').length).toBeGreaterThan(0);
    expect(await left(name, emulator, 'account')).toEqual([]);
  });

  test('a create call in doubt comes first', async () => {
    const emulator = await emulatorWith();
    // Nobody can be asked about it before the run is stopped.
    let isAway = false;
    const proxy = await proxyOf(emulator, ({ method, path }) => {
      if (isAway) return 'refuse';
      isAway = method === 'POST' && path.endsWith('/batches');
      return isAway ? 'lose answer' : 'pass';
    });
    const job = jobOf(connect(name, proxy.url, 'account'), 1);
    await build(job);
    const handle = await openRun(job.directory, { ...job, signal: AbortSignal.timeout(300) });
    await expect(handle.submit()).rejects.toThrow();
    isAway = false;
    await expect(clean(job.directory, job)).rejects.toMatchObject({ code: 'create_in_doubt' });
    expect(await countBatches(job.provider)).toBe(1);
  });
});

test('a file that was uploaded and never sent goes, and is uploaded again when it is sent after all', async () => {
  const emulator = await emulatorWith();
  const proxy = await proxyOf(emulator, ({ method, path }) => (method === 'POST' && path.endsWith('/batches') ? 'refuse' : 'pass'));
  const provider = connect('openai', emulator.url, 'account');
  // Another way to the same account.
  const refused = { ...connect('openai', proxy.url, 'account'), account: provider.account };
  const job = jobOf(provider, 1);
  await build(job);
  const ledger = await openSqliteLedger(job.directory);
  const [shard] = await ledger.shards();
  const intent = await ledger.openIntent(1, 'upload', 1);
  const file = await refused.upload?.({ path: join(job.directory, shard?.file ?? ''), bytes: shard?.bytes ?? 0, name: 'shard.jsonl' });
  await ledger.recordUpload(intent.id, 1, file?.id ?? '', 2);
  await ledger.close();
  expect(await clean(job.directory, job)).toMatchObject([{ id: file?.id, what: 'requests', shard: 1, result: 'deleted' }]);
  expect(await left('openai', emulator, 'account')).toEqual([]);
  expect(await run(job)).toMatchObject({ outcomes: { succeeded: 1 } });
});

test('a batch that was found by time and count alone is deleted only if its results say that it is ours', async () => {
  const emulator = await emulatorWith();
  const proxy = await proxyOf(emulator);
  const job = jobOf(connect('anthropic', proxy.url, 'account'), 2);
  await run(job);
  const ledger = await openSqliteLedger(job.directory);
  const [batch] = await ledger.batches();
  if (!batch) throw new Error('there is a batch');
  // As though it had been adopted, and another one, without a word of ours in its results, as well.
  const intent = await ledger.openIntent(1, 'create', 1);
  await ledger.settleIntent(intent.id, 'adopted', 2, batch.id);
  const other = await ledger.openIntent(1, 'create', 1);
  await ledger.recordCreate(other.id, { ...batch, id: 'msgbatch_stranger' }, 3, 'adopted');
  await ledger.recordPoll({ ...batch, id: 'msgbatch_stranger' }, 'fetched', 4);
  await ledger.close();
  expect((await clean(job.directory, { ...job, dryRun: true })).map(({ id }) => id)).toEqual([batch.id]);
});
