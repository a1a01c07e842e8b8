import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { progressView } from '../../src/cli/progress.ts';
import type { RunSnapshot } from '../../src/index.ts';

const shards = { built: 0, uploaded: 0, submitted: 0, ended: 0, fetched: 0, failed: 0 };
const outcomes = { succeeded: 0, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 };
const sending: RunSnapshot = { phase: 'sending', records: 3376, shards: { ...shards, submitted: 2, fetched: 1 }, requests: { total: 3376, succeeded: 1000, failed: 7 }, deadlines: {}, outcomes };

/** What a view writes, on a terminal of so many columns or elsewhere. */
function written(isTerminal: boolean, snapshots: readonly RunSnapshot[], isQuiet = false, columns = 80): string {
  const stream = Object.assign(new PassThrough(), { isTTY: isTerminal, columns });
  // Of a terminal, a view uses these two fields and `write`.
  const view = progressView(stream as unknown as NodeJS.WriteStream, isQuiet);
  for (const snapshot of snapshots) view.show(snapshot);
  view.end();
  view.end();
  return String(stream.read() ?? '');
}

const line = '\r\u001B[Kshards: 2 submitted, 1 fetched | requests done: 1,007 of 3,376';
const delay = 'shard 2: OpenAI could not be reached. Next try in 4 s.';

test('a terminal has one live line', () => {
  expect(written(true, [sending])).toBe(`${line}${line}\n`);
});

test('a terminal keeps what went wrong', () => {
  expect(written(true, [sending, { ...sending, news: delay, isDelayed: true }])).toBe(`${line}\r\u001B[K${delay}\n${line}\n`);
});

test('a terminal with room shows the nearest deadline', () => {
  const [expiresAt, resultsUntil] = [Date.UTC(2026, 10, 23, 7, 0, 59), Date.UTC(2026, 11, 21, 7)];
  expect(written(true, [{ ...sending, deadlines: { expiresAt, resultsUntil } }], false, 120)).toContain(`${line} | expires 2026-11-23T07:00Z\n`);
  expect(written(true, [{ ...sending, deadlines: { resultsUntil } }], false, 120)).toContain(`${line} | results until 2026-12-21T07:00Z\n`);
});

test('a line is cut to the terminal', () => {
  const many = { ...sending, shards: { built: 10_000, uploaded: 10_000, submitted: 10_000, ended: 10_000, fetched: 10_000, failed: 10_000 } };
  const [, shown = ''] = written(true, [many]).split('\r\u001B[K');
  expect(shown).toHaveLength(79);
});

test('elsewhere each change is a line, once', () => {
  const news = 'shard 1: completed';
  expect(written(false, [sending, sending, { ...sending, news }, { ...sending, news }, { ...sending, news: delay, isDelayed: true }])).toBe(`3,376 records in 3 shards\n${news}\n${delay}\n`);
});

test('quiet, there is nothing', () => {
  expect(written(true, [sending], true)).toBe('');
});
