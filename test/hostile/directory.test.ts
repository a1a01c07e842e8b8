import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRun, readStatus, run } from '../../src/index.ts';
import { openSqlite } from '../../src/ledger/sqlite-driver.ts';
import { callsOf, connect, job, paidTwice, providers, routes, startHostile, stopWhen, temporary } from './setting.ts';

describe.each(providers)('%s', (name) => {
  test.each([1, 999, 1500, 2600])('a download that stops after byte %i goes on in another process, to the same output', async (bytes) => {
    const { emulator, clock } = await startHostile([`*.results nth=1 stall=during bytes=${bytes}`, `openai.files.content nth=1 stall=during bytes=${bytes}`]);
    const options = job(name, emulator, clock, { provider: connect(name, emulator.url, { timeoutMs: 600 }) });
    await stopWhen(options, ({ isDelayed }) => isDelayed === true);
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(emulator.calls().filter(({ route }) => route === routes.results[name]).map(({ status }) => status)).toEqual([200, 206]);
    const undisturbed = job(name, emulator, clock, { provider: connect(name, emulator.url, { apiKey: 'another' }) });
    await run(undisturbed);
    expect(readFileSync(options.sink, 'utf8')).toBe(readFileSync(undisturbed.sink, 'utf8'));
    await emulator.close();
  });

  test.each([
    ['young', 1_000],
    ['half done', 300_000],
  ])('cancel while a batch is %s: what was done is salvaged, nothing is sent again', async (_stage, ageMs) => {
    const { emulator, clock } = await startHostile();
    const options = job(name, emulator, clock);
    await stopWhen(options, ({ shards }) => shards.submitted === 1);
    clock.jump(ageMs);
    const opened = await openRun(options.directory, options);
    await opened.cancel();
    await opened.cancel();
    const { outcomes, attempts } = await run(options);
    expect(outcomes.succeeded + outcomes.canceled + outcomes.missing).toBe(10);
    expect(outcomes.canceled).toBeGreaterThan(0);
    expect(outcomes.missing).toBe(0);
    expect(attempts).toBe(10);
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    expect(await paidTwice(emulator)).toBe(0);
    await emulator.close();
  });

  test('cancel while the answer of create is lost: the batch is found and canceled', async () => {
    const { emulator, clock } = await startHostile(['*.batches.create nth=1 reset=after']);
    const options = job(name, emulator, clock);
    await stopWhen(options, ({ isDelayed }) => isDelayed === true);
    await (await openRun(options.directory, options)).cancel();
    expect(callsOf(emulator, routes.cancel[name])).toBe(1);
    expect(await run(options)).toMatchObject({ outcomes: { canceled: 10 }, attempts: 10 });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    await emulator.close();
  });

  test('cancel after the end is no error, and the results are all there', async () => {
    const { emulator, clock } = await startHostile();
    const options = job(name, emulator, clock);
    await stopWhen(options, ({ shards }) => shards.submitted === 1);
    clock.jump(3_600_000);
    const opened = await openRun(options.directory, options);
    await opened.cancel();
    expect((await run(options)).outcomes.succeeded).toBe(10);
    await emulator.close();
  });

  test('two at the same directory: the second is refused by name of the first, and status works meanwhile', async () => {
    const { emulator, clock } = await startHostile();
    const options = job(name, emulator, clock);
    const attempts: Promise<unknown>[] = [];
    const report = await run({
      ...options,
      onProgress: ({ phase }) => {
        if (phase === 'sending' && attempts.length === 0) attempts.push(run(options).catch((error: unknown) => error), readStatus(options.directory));
      },
    });
    const [refusal, status] = await Promise.all(attempts);
    expect(refusal).toMatchObject({ code: 'run_locked', message: expect.stringContaining(`process ${process.pid}`) });
    expect(status).toMatchObject({ records: 10 });
    expect(report).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    await emulator.close();
  });

  test('the ledger of a newer millrace is refused, and left as it is', async () => {
    const { emulator, clock } = await startHostile();
    const options = job(name, emulator, clock);
    const first = await run(options);
    const path = join(options.directory, 'ledger.sqlite');
    const setVersion = async (version: number): Promise<void> => {
      const database = await openSqlite(path);
      database.prepare('update run set schema_version = ?').run([version]);
      database.close();
    };
    await setVersion(99);
    const calls = emulator.calls().length;
    await expect(run(options)).rejects.toMatchObject({ code: 'ledger_version', message: expect.stringContaining('99') });
    await expect(openRun(options.directory, options)).rejects.toMatchObject({ code: 'ledger_version' });
    expect(emulator.calls().length).toBe(calls);
    await setVersion(1);
    expect((await run(options)).outcomes).toEqual(first.outcomes);
    await emulator.close();
  });
});

test('openai: cancel during the upload cancels nothing, for there is no batch; run again, the upload goes on', async () => {
  const { emulator, clock } = await startHostile(['openai.files.create nth=1 reset=after', 'openai.files.list nth=1,2 answer=503']);
  const options = job('openai', emulator, clock);
  await stopWhen(options, ({ isDelayed }) => isDelayed === true);
  await (await openRun(options.directory, options)).cancel();
  expect(emulator.calls().some(({ route }) => route.startsWith('openai.batches.'))).toBe(false);
  expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
  expect(callsOf(emulator, 'openai.files.create')).toBe(1);
  await emulator.close();
});

/** A file system of one megabyte; `undefined` where this user may not make one. */
function smallDisk(): string | undefined {
  const path = temporary();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    return undefined;
  }
}

test.for(providers)('%s: a full disk stops the run cleanly while results come; with room again it goes on', async (name, { skip }) => {
  const disk = smallDisk();
  // Only a user who may mount can make a disk that is full.
  if (disk === undefined) return skip('a disk of its own cannot be mounted here');
  const { emulator, clock } = await startHostile(['row=5 long=400000']);
  try {
    const directory = join(disk, 'run');
    mkdirSync(directory);
    const options = { ...job(name, emulator, clock), directory };
    await stopWhen(options, ({ shards }) => shards.submitted === 1);
    const { bavail, bsize } = statfsSync(directory);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 300_000));
    await expect(run(options)).rejects.toMatchObject({ code: 'disk_full' });
    rmSync(join(disk, 'filler'));
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1, attempts: 10 });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    expect(await paidTwice(emulator)).toBe(0);
  } finally {
    await emulator.close();
    execFileSync('umount', ['--lazy', disk]);
  }
});
