import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/emulator/server.ts';
import { openRun, run } from '../../src/index.ts';
import { startChild } from './children.ts';
import { optionsOf, providerNames, runDirectoryOf, type Job } from './job.ts';
import { settingOf, type Setting } from './setting.ts';
import { withEmulator } from './trial.ts';

const root = join(import.meta.dirname, '../..');

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'test/crash'], { cwd: root });
});

/** How often each request was answered, the most of all. */
async function mostAnswers(emulator: Emulator): Promise<number> {
  const times = new Map<string, number>();
  for await (const { hash, status } of emulator.executions()) if (status === 200) times.set(hash, (times.get(hash) ?? 0) + 1);
  return Math.max(0, ...times.values());
}

/** Lets a run that was killed go on: what may have been paid for is told, not bought again, until the user says so. */
async function judge(job: Job, emulator: Emulator, killedAt: string): Promise<number> {
  const options = optionsOf(job);
  const { outcomes, reasons } = await run(options);
  const inDoubt = reasons['send_in_doubt'] ?? 0;
  expect([killedAt, outcomes.succeeded + inDoubt, outcomes.rejected]).toEqual([killedAt, 3, 1]);
  expect(await mostAnswers(emulator), killedAt).toBeLessThanOrEqual(1);
  await (await openRun(runDirectoryOf(job), options)).retry();
  expect([killedAt, (await run(options)).outcomes.succeeded]).toEqual([killedAt, 3]);
  return inDoubt;
}

describe.each(providerNames)('%s', (provider) => {
  test('killed at any boundary while single requests are sent, a run goes on and pays for none of them twice', { timeout: 600_000 }, async () => {
    const setting: Setting = { ...settingOf(provider, { records: 3, maxRequests: 3, models: 1, faults: ['attempts=1 error=429'] }), finishSync: true };
    const { passed = 0 } = await withEmulator(setting, (job) => startChild(job, { at: 0, sameName: 3 }));
    const limit = pLimit(3);
    const places: string[] = [];
    let inDoubt = 0;
    // Every second one of the latter half: the batch comes first, and `crash.test.ts` is about it.
    const boundaries = Array.from({ length: Math.ceil(passed / 4) }, (_none, index) => passed - 2 * index);
    await Promise.all(
      boundaries.map((at) =>
        limit(() =>
          withEmulator(setting, async (job, emulator) => {
            const { killedAt = '', failure } = await startChild(job, { at, sameName: 3 });
            expect(failure).toBeUndefined();
            places.push(killedAt);
            inDoubt += await judge(job, emulator, killedAt);
          }),
        ),
      ),
    );
    expect(places.some((place) => /(chat\/completions|v1\/messages) #/.test(place))).toBe(true);
    expect(inDoubt).toBeGreaterThan(0);
  });
});
