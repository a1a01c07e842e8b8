import { expect, test } from 'vitest';
import { ownerById } from '../../src/batches/owner.ts';

test('the tag and the record index of a wire id say whose batch it is', () => {
  const shard = { firstIndex: 10, lastIndex: 20 };
  const ids = ['tag-10', 'tag-20', 'tag-9', 'tag-21', 'tag-x', 'other-15', '15', 'tag15'];
  expect(ids.map((id) => ownerById(id, 'tag', shard))).toEqual(['this shard', 'this shard', 'another shard', 'another shard', 'another shard', 'foreign', 'foreign', 'foreign']);
});
