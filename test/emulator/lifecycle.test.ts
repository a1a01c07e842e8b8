import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { courseOf, nominalMs, shareDone, type BatchTimes } from '../../src/emulator/lifecycle.ts';

const times: BatchTimes = { createdAt: 1_000_000, validatingMs: 20_000, workMs: 600_000, finalizingMs: 30_000 };

test('a batch is checked, works and writes, each stage divided by the speed', () => {
  expect(courseOf(times, 1)).toEqual({ startedAt: 1_020_000, stoppedAt: 1_620_000, endedAt: 1_650_000, ending: 'completed' });
  expect(courseOf(times, 10)).toEqual({ startedAt: 1_002_000, stoppedAt: 1_062_000, endedAt: 1_065_000, ending: 'completed' });
});

test('work beyond the window expires exactly at its end, at any speed', () => {
  const long = { ...times, workMs: 2 * nominalMs.window };
  expect(courseOf(long, 1)).toMatchObject({ stoppedAt: 1_000_000 + nominalMs.window, endedAt: 1_000_000 + nominalMs.window, ending: 'expired' });
  expect(courseOf(long, 100).endedAt).toBe(1_000_000 + nominalMs.window / 100);
});

test('a cancel stops the work, one that comes after the work changes nothing', () => {
  expect(courseOf({ ...times, cancelRequestedAt: 1_100_000 }, 1)).toMatchObject({ stoppedAt: 1_100_000, endedAt: 1_125_000, ending: 'cancelled' });
  expect(courseOf({ ...times, cancelRequestedAt: 1_630_000 }, 1).ending).toBe('completed');
});

test('the share done grows with time, stays within 0 and 1, and is whole only for completed work', () => {
  const anyTimes = fc.record({
    createdAt: fc.nat(), validatingMs: fc.nat(100_000), finalizingMs: fc.nat(100_000), workMs: fc.nat(3 * nominalMs.window),
  });
  fc.assert(
    fc.property(anyTimes, fc.double({ min: 0.1, max: 10_000, noNaN: true }), fc.nat(2 * nominalMs.window), fc.nat(1000), (batch, speed, elapsed, more) => {
      const now = batch.createdAt + elapsed;
      const share = shareDone(batch, speed, now);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(shareDone(batch, speed, now + more)).toBeGreaterThanOrEqual(share);
      const course = courseOf(batch, speed);
      expect(shareDone(batch, speed, course.stoppedAt) === 1).toBe(course.ending === 'completed');
    }),
  );
});
