import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRun, readStatus, run } from '../../src/index.ts';
import { openSqlite } from '../../src/ledger/sqlite-driver.ts';
import { startGate } from './gate.ts';
import { callsOf, connect, job, paidTwice, providers, routes, startHostile, stopWhen } from './setting.ts';

/** How each call that changes something ended, by the ledger. */
async function intentsOf(directory: string): Promise<unknown[]> {
  const database = await openSqlite(join(directory, 'ledger.sqlite'));
  try {
    return database.prepare('select kind, end_state, detail from intents order by id').all([]);
  } finally {
    database.close();
  }
}

describe.each(providers)('%s', (name) => {
  test.each([
    [400, 'request_refused'],
    [401, 'authentication_failed'],
    [403, 'permission_denied'],
    [413, 'request_refused'],
  ])('create answers %i: a definite no clears the intent and says why; corrected, the run goes on', async (status, code) => {
    const { emulator, clock } = await startHostile([`*.batches.create answer=${status} message="not like this"`]);
    const options = job(name, emulator, clock);
    await expect(run(options)).rejects.toMatchObject({ code, message: expect.stringContaining('not like this') });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    expect((await intentsOf(options.directory)).at(-1)).toMatchObject({ kind: 'create', end_state: 'refused', detail: expect.stringContaining('not like this') });
    emulator.setFaults([]);
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(callsOf(emulator, routes.create[name])).toBe(2);
    expect(callsOf(emulator, 'openai.files.create')).toBe(name === 'openai' ? 1 : 0);
    await emulator.close();
  });

  test('an uncertain create keeps its intent, also over a restart', async () => {
    const { emulator, clock } = await startHostile(['*.batches.create nth=1 reset=after', '*.batches.list answer=503']);
    const options = job(name, emulator, clock);
    await stopWhen(options, () => callsOf(emulator, routes.list[name]) > 4);
    expect((await intentsOf(options.directory)).at(-1)).toMatchObject({ kind: 'create', end_state: null });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    emulator.setFaults([]);
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    await emulator.close();
  });

  test('a key revoked in the middle ends the run after two 401; a new key of the same account goes on', async () => {
    const { emulator, clock } = await startHostile();
    const gate = await startGate(emulator);
    const options = job(name, gate, clock, { provider: connect(name, gate.url, { apiKey: 'sk-old-key-1' }) });
    const revoke = { ...options, onProgress: () => callsOf(emulator, routes.create[name]) > 0 && gate.revoked.add('sk-old-key-1') };
    const refusal = await run(revoke).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'authentication_failed' });
    expect(String(refusal)).not.toContain('sk-old-key-1');
    const report = await run({ ...options, provider: connect(name, gate.url, { apiKey: 'sk-new-key-2' }) });
    expect(report).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    await gate.close();
    await emulator.close();
  });

  test('a read that answers 401 twice is not tried a third time', async () => {
    const { emulator, clock } = await startHostile(['*.batches.retrieve answer=401']);
    await expect(run(job(name, emulator, clock))).rejects.toMatchObject({ code: 'authentication_failed' });
    expect(callsOf(emulator, routes.retrieve[name])).toBe(2);
    await emulator.close();
  });

  test('failing polls change nothing that the ledger knows of the batch', async () => {
    const { emulator, clock } = await startHostile();
    const options = job(name, emulator, clock);
    await stopWhen(options, ({ shards }) => shards.submitted === 1);
    const before = await readStatus(options.directory);
    expect(before.batches[0]?.status).toBe('pending');
    clock.jump(3_600_000);
    emulator.setFaults(['*.batches.retrieve nth=1,3,5,7,9 answer=502 html', '*.batches.retrieve nth=2,6 reset=before', '*.batches.retrieve nth=4,8 answer=200 html', '*.batches.retrieve answer=429']);
    await stopWhen(options, () => callsOf(emulator, routes.retrieve[name]) > 12);
    expect(await readStatus(options.directory)).toEqual(before);
    emulator.setFaults([]);
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 } });
    await emulator.close();
  });

  test('results that are gone stay gone: a restart asks for nothing and sends nothing', async () => {
    const { emulator, clock } = await startHostile(['gone=deleted']);
    const options = job(name, emulator, clock);
    const first = await run(options);
    expect(first).toMatchObject({ outcomes: { missing: 10 }, reasons: { results_unavailable: 10 }, attempts: 10 });
    expect(callsOf(emulator, routes.results[name])).toBe(4);
    const calls = emulator.calls().length;
    expect((await run(options)).outcomes).toEqual(first.outcomes);
    const opened = await openRun(options.directory, options);
    await opened.fetch();
    expect((await opened.retry()).batches).toHaveLength(1);
    expect(emulator.calls().length).toBe(calls);
    expect(await paidTwice(emulator)).toBe(0);
    await emulator.close();
  });
});

test('openai: one of two result files is gone: its records are final, those of the other are told and go on', async () => {
  const { emulator, clock } = await startHostile(['attempts=1 row=3 error=429', 'openai.files.content nth=1,3,5,7 answer=404']);
  const report = await run(job('openai', emulator, clock));
  expect(report).toMatchObject({ outcomes: { missing: 9, succeeded: 1 }, reasons: { results_unavailable: 9 }, attempts: 11 });
  expect(await paidTwice(emulator)).toBe(0);
  await emulator.close();
});

test('openai: a batch that was refused whole stays refused after a restart', async () => {
  const { emulator, clock } = await startHostile(['fail=mismatched_model message="All requests must use one model."']);
  const options = job('openai', emulator, clock);
  const first = await run(options);
  expect(first).toMatchObject({ outcomes: { errored: 10 }, reasons: { mismatched_model: 10 } });
  const calls = emulator.calls().length;
  expect((await run(options)).outcomes).toEqual(first.outcomes);
  expect(emulator.calls().length).toBe(calls);
  const opened = await openRun(options.directory, options);
  for await (const { outcome } of opened.records()) expect(outcome.error?.message).toContain('All requests must use one model.');
  await emulator.close();
});

test('openai: a file that stays unknown to validation is sent three times, then each record says so', async () => {
  const { emulator, clock } = await startHostile(['fail=invalid_request param=file_id']);
  const report = await run(job('openai', emulator, clock));
  expect(report).toMatchObject({ outcomes: { errored: 10 }, reasons: { invalid_request: 10 } });
  expect(callsOf(emulator, 'openai.batches.create')).toBe(3);
  expect(callsOf(emulator, 'openai.files.create')).toBe(2);
  await emulator.close();
});

test('anthropic: a results address on another host gets no call and no key', async () => {
  let calls = 0;
  const foreign = createServer((_incoming, outgoing) => {
    calls += 1;
    outgoing.end();
  });
  await new Promise<void>((listening) => {
    foreign.listen(0, '127.0.0.1', listening);
  });
  const { port } = foreign.address() as AddressInfo;
  const { emulator, clock } = await startHostile([`foreign=http://127.0.0.1:${port}`]);
  const options = job('anthropic', emulator, clock);
  await expect(run(options)).rejects.toMatchObject({ code: 'foreign_origin' });
  expect(calls).toBe(0);
  foreign.close();
  emulator.setFaults([]);
  await emulator.close();
});
