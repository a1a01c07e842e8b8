import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { BatchHints, build, chat, openRun } from '../../src/index.ts';
import { connect, temporary } from '../run/setting.ts';

test('a hint does not shorten the pause after a full queue: its batch is past', async () => {
  let now = Date.parse('2026-11-22T07:00:00Z');
  const emulator = await startEmulator({ clock: { now: () => now }, faults: ['batch=1 fail=token_limit_exceeded message=full'] });
  const provider = connect('openai', emulator.url);
  const hints = new BatchHints();
  const directory = temporary();
  const hinted = new Set<string>();
  // Time passes as fast as it is slept away; the batch that failed is hinted at in the midst of the pause that follows.
  const clock = {
    now: () => now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      const failed = (await job.status()).batches.find(({ id, rawStatus }) => rawStatus === 'failed' && !hinted.has(id));
      if (failed) {
        hinted.add(failed.id);
        hints.look(failed.id);
        await setImmediate();
      }
      if (signal?.aborted !== true) now += ms;
    },
  };
  await build({ source: [{ id: 'a' }], customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: 'x' }), directory, provider });
  const job = await openRun(directory, { provider, hints, clock, pollIntervalMs: 60_000 });
  await job.submit();
  const waited = await job.wait();
  const creates = emulator.calls().filter(({ route }) => route === 'openai.batches.create');
  expect(creates).toHaveLength(2);
  expect(waited.batches.map(({ rawStatus }) => rawStatus)).toEqual(['failed', 'completed']);
  const [first, second] = waited.batches.map(({ createdAt }) => createdAt);
  expect(hinted.size).toBe(1);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(60_000);
  await emulator.close();
});
