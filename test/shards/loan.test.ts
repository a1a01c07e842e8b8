import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Loan } from '../../src/shards/loan.ts';
import { ShardFile } from '../../src/shards/shard-file.ts';
import { WriteQueue } from '../../src/shards/write-queue.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-loan-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['large ones when they are in the file, for they are not copied', 100_000, false],
  ['small ones at once, for they are', 10_000, true],
])('bytes that are lent come back: %s', async (_what, length, isBackAtOnce) => {
  const queue = new WriteQueue();
  const path = join(directory, `${length}.txt`);
  const file = new ShardFile(path, { queue });
  const bytes = Buffer.alloc(length, 'x');
  let isBack = false;
  const loan = new Loan(() => {
    isBack = true;
    bytes.fill('y');
  });
  file.write('before ');
  file.writeBytes(bytes, loan);
  loan.giveBack();
  expect(isBack).toBe(isBackAtOnce);
  file.write(' behind');
  file.finish();
  await queue.idle();
  expect(isBack).toBe(true);
  expect(readFileSync(path, 'latin1')).toBe(`before ${'x'.repeat(length)} behind`);
  expect(file.bytes).toBe(length + 14);
});
