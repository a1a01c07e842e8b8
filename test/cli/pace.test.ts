import { expect, test } from 'vitest';
import { Pace } from '../../src/cli/pace.ts';

const minutes = (count: number) => count * 60_000;

test('a pace is what changed over the time since it was first seen', () => {
  const pace = new Pace();
  pace.see(0, 500);
  expect([pace.perSecond(1000), pace.remainingMs(1000, 1000)]).toEqual([0, undefined]);
  pace.see(10_000, 600);
  expect(pace.perSecond(10_000)).toBe(10);
  expect(pace.remainingMs(10_000, 1000)).toBe(40_000);
});

test('silence slows a pace down', () => {
  const pace = new Pace();
  pace.see(0, 0);
  pace.see(10_000, 100);
  expect(pace.perSecond(20_000)).toBe(5);
});

test('nothing is foretold from less than a hundredth, nor when all is done', () => {
  const pace = new Pace();
  pace.see(0, 0);
  pace.see(1000, 9);
  expect(pace.remainingMs(1000, 1000)).toBeUndefined();
  pace.see(2000, 1000);
  expect(pace.remainingMs(2000, 1000)).toBeUndefined();
});

test('a pace follows a change: what is long ago no longer counts', () => {
  const pace = new Pace();
  pace.see(0, 0);
  for (let minute = 1; minute <= 30; minute += 1) pace.see(minutes(minute), minute);
  for (let minute = 31; minute <= 61; minute += 1) pace.see(minutes(minute), 30 + (minute - 30) * 60);
  expect(pace.perSecond(minutes(61))).toBe(1);
});

test('what goes back begins anew', () => {
  const pace = new Pace();
  pace.see(0, 0);
  pace.see(1000, 100);
  pace.see(2000, 50);
  expect(pace.perSecond(3000)).toBe(0);
  pace.see(4000, 60);
  expect(pace.perSecond(4000)).toBe(5);
});
