import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { providerNames } from './job.ts';
import { instant, randomFrom } from './random.ts';
import { reuseSettingOf, settingOf } from './setting.ts';
import { killAtEveryBoundary, killInChains } from './sweep.ts';
import { undisturbedRun } from './trial.ts';

const root = join(import.meta.dirname, '../..');

// What is killed runs in processes of its own, compiled from the sources as they are.
beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'test/crash'], { cwd: root });
});

describe.each(providerNames)('%s', (provider) => {
  /** Two shards, and one record of each once more in a second round. */
  const small = () => settingOf(provider, { records: 3, maxRequests: 2, models: 1, faults: ['row=1 attempts=1 error=429'] });

  test('killed at every boundary, a run goes on to the same bytes, and each record is executed as often as undisturbed', { timeout: 600_000 }, async () => {
    const { violations, places, kills } = await killAtEveryBoundary(small(), 2);
    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThan(50);
    expect(places).toContain('before commit of update intents, insert batches, update shards #2');
  });

  // What is taken over is written before anything is sent, whoever is asked: the full kill test tries both.
  test.runIf(provider === 'openai')('killed at every boundary, a run that takes answers over and buys identical requests once does the same', { timeout: 600_000 }, async () => {
    const setting = reuseSettingOf(provider, { records: 3, maxRequests: 2, models: 1, faults: [] });
    expect((await undisturbedRun(setting)).report).toMatchObject({ origins: { fresh: 2, reused: 2, deduplicated: 2 } });
    const { violations, kills } = await killAtEveryBoundary(setting, 1);
    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThan(30);
  });

  test('killed at random instants, twice in a row, the same', { timeout: 600_000 }, async () => {
    const chains = Array.from({ length: 5 }, (_none, seed) => {
      const random = randomFrom(seed);
      return [{ afterMs: instant(random, 300) }, { afterMs: instant(random, 300) }];
    });
    const { violations, kills } = await killInChains(small(), chains);
    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  });
});
