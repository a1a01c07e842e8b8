import { mkdtempSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Originals } from '../../src/join/originals.ts';
import { CopyListWriter, readCopies } from '../../src/shards/copy-list.ts';

const pathOf = () => join(mkdtempSync(join(tmpdir(), 'millrace-copies-')), 'copies.bin');

function written(copies: readonly { index: number; original: number }[]): string {
  const path = pathOf();
  const list = new CopyListWriter(path);
  for (const copy of copies) list.add(copy);
  list.finish();
  return path;
}

test('a list is read as it was written, past 32 bits and past what is read at a time', () => {
  const copies = [...Array.from({ length: 20_000 }, (_none, at) => ({ index: at + 1, original: at % 7 })), { index: 2 ** 33 + 5, original: 2 ** 32 + 1 }];
  expect([...readCopies(written(copies))]).toEqual(copies);
  expect([...readCopies(written([]))]).toEqual([]);
});

test('a list that was cut short is not believed', () => {
  const path = written([{ index: 4, original: 1 }, { index: 5, original: 1 }]);
  truncateSync(path, 17);
  expect(() => [...readCopies(path)]).toThrow(expect.objectContaining({ code: 'run_damaged' }));
});

test('copies find what came of their original, in memory or in the file', () => {
  const originals = Array.from({ length: 300 }, (_none, at) => at * 3);
  const copies = originals.toReversed().map((original, at) => ({ index: 1000 + at, original }));
  const found = new Originals(written(copies));
  expect([0, 1, 3, 897, 900, 1_000_000].map((index) => found.isOriginal(index))).toEqual([true, false, true, true, false, false]);
  const lineOf = (index: number) => Buffer.alloc(index * 7, `${index} `);
  for (const index of originals) {
    if (index % 2 === 0) found.keep(index, { line: lineOf(index), synchronous: index % 4 === 0 });
    else found.keep(index, { outcome: { status: 'missing', customId: String(index) } });
  }
  for (const { index, original } of copies) {
    const { kept, ...rest } = found.take(index);
    expect(rest).toEqual({ original });
    if (original % 2 === 0) expect(kept).toEqual({ line: lineOf(original), synchronous: original % 4 === 0 });
    else expect(kept).toEqual({ outcome: { status: 'missing', customId: String(original) } });
  }
  expect(() => found.take(5000)).toThrow('the copy of none');
  found.close();
});
