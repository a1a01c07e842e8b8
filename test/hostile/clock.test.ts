import { describe, expect, test } from 'vitest';
import { run } from '../../src/index.ts';
import { callsOf, job, paidTwice, providers, routes, shifted, startHostile } from './setting.ts';

const dayMs = 86_400_000;

describe.each(providers)('%s', (name) => {
  test.each([
    ['ahead', dayMs],
    ['behind', -dayMs],
  ])('a clock that is a day %s: the batch of a lost answer is found, and not sent twice', async (_where, byMs) => {
    const { emulator, clock } = await startHostile(['*.batches.create nth=1 reset=after']);
    const report = await run(job(name, emulator, shifted(clock, byMs)));
    expect(report).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(callsOf(emulator, routes.create[name])).toBe(1);
    expect(await paidTwice(emulator)).toBe(0);
    expect(callsOf(emulator, routes.retrieve[name])).toBeLessThan(20);
    await emulator.close();
  });

  test.each([
    ['forward', dayMs],
    ['back', -dayMs],
  ])('the clock jumps a day %s while a batch is waited for: the wait is no longer for it', async (_where, byMs) => {
    const { emulator, clock } = await startHostile();
    let jumped = 0;
    const own = { now: () => clock.now() + jumped, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) };
    const started = clock.now();
    const report = await run(
      job(name, emulator, own, {
        onProgress: ({ shards }) => {
          if (shards.submitted === 1) jumped = byMs;
        },
      }),
    );
    expect(report.outcomes.succeeded).toBe(10);
    expect(clock.now() - started).toBeLessThan(3_600_000);
    await emulator.close();
  });

  test.each([
    ['forward', dayMs],
    ['back', -dayMs],
  ])('the clock jumps a day %s while a lost create is looked into', async (_where, byMs) => {
    const { emulator, clock } = await startHostile(['*.batches.create nth=1 reset=before']);
    let jumped = 0;
    const own = { now: () => clock.now() + jumped, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) };
    const started = clock.now();
    const report = await run(
      job(name, emulator, own, {
        onProgress: ({ news = '' }) => {
          if (news.includes('does not list its batch')) jumped = byMs;
        },
      }),
    );
    expect(jumped).toBe(byMs);
    expect(report).toMatchObject({ outcomes: { succeeded: 10 }, batches: 1 });
    expect(callsOf(emulator, routes.create[name])).toBe(2);
    expect(clock.now() - started).toBeLessThan(3_600_000);
    await emulator.close();
  });
});
