import { expect, test } from 'vitest';
import { ownerById } from '../../src/batches/owner.ts';

test('the tag and the record index of a wire id say whose batch it is', () => {
  const shard = { number: 2, round: 1, firstIndex: 10, lastIndex: 20 };
  const shards = [{ number: 1, round: 1, firstIndex: 0, lastIndex: 9 }, shard, { number: 3, round: 2, firstIndex: 5, lastIndex: 30 }];
  const ids = ['tag-10', 'tag-20', 'tag-9', 'tag-21', 'tag-x', 'other-15', '15', 'tag15'];
  expect(ids.map((id) => ownerById(id, 'tag', shard, shards))).toEqual([2, 2, 1, undefined, undefined, undefined, undefined, undefined]);
});
