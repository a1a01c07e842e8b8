import { expect, test } from 'vitest';
import type { Rejection } from '../../src/records/record.ts';
import { UnreadableRows } from '../../src/records/unreadable.ts';

const row = (index: number): Rejection => ({ code: 'parse_error', message: 'broken', index });
const indexes = (rows: readonly Rejection[]) => rows.map(({ index }) => index);

test('rows wait for their place among the records', () => {
  const rows = new UnreadableRows();
  for (const index of [0, 2, 3]) rows.add(row(index));
  expect(indexes(rows.before(1))).toEqual([0]);
  expect(indexes(rows.before(2))).toEqual([]);
  expect(indexes(rows.before(Infinity))).toEqual([2, 3]);
});

test('a row whose turn it is is taken at once; the others wait, in order, until it is theirs', () => {
  const rows = new UnreadableRows();
  const taken: Rejection[] = [];
  let next = 0;
  rows.add(row(0));
  rows.offerTo((rejection) => {
    if (rejection.index !== next) return false;
    taken.push(rejection);
    next += 1;
    return true;
  });
  rows.add(row(1));
  expect(indexes(taken)).toEqual([0, 1]);
  for (const index of [3, 4, 6]) rows.add(row(index));
  expect(indexes(taken)).toEqual([0, 1]);
  next = 3;
  rows.offer();
  expect(indexes(taken)).toEqual([0, 1, 3, 4]);
  expect(indexes(rows.before(Infinity))).toEqual([6]);
});
