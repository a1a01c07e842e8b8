import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paintFor } from '../../src/cli/colors.ts';
import { drawTable, type Picture } from '../../src/cli/progress-table.ts';
import { noOutcomes, noShards, sending } from './progress-fixtures.ts';

const started = Date.UTC(2026, 10, 22, 7);
const picture = (snapshot: Partial<Picture['snapshot']>, facts: Partial<Picture> = {}): Picture => ({ snapshot: { ...sending, ...snapshot }, now: started + 724_000, startedAt: started, perSecond: 0, bytesPerSecond: 0, ...facts });
const plain = paintFor({ isTTY: false }, {}, {});
const drawn = (shown: Picture, columns = 100) => drawTable(shown, { columns, paint: plain }).map(({ text }) => text);

test('building shows records, bytes and rate', () => {
  expect(drawn(picture({ phase: 'building', records: 1_200_000, bytes: { built: 480_000_000, downloaded: 0, joined: 0 } }, { perSecond: 95_000_000 }))).toEqual(['building  1,200,000 records, 480 MB written at 95 MB/s, 12 min 4 s']);
});

test('sending shows shards, requests, tokens, cost, batches and results', () => {
  const whole = picture(
    {
      oldestBatchAt: started - 3_600_000,
      nextLookAt: started + 766_000,
      deadlines: { expiresAt: started + 86_400_000 },
      bytes: { built: 0, downloaded: 12_345_678, joined: 0 },
      usage: { inputTokens: 12_400_000, outputTokens: 1_100_000, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
      cost: { usd: 3.214, expectedUsd: 10.5, estimatedUsd: 9, unpriced: 0 },
    },
    { remainingMs: 2_640_000, bytesPerSecond: 1_500_000 },
  );
  expect(drawn(whole)).toEqual([
    'sending   ███████░░░░░░░░░░░░░░░░░ 29 %, about 44 min to go, 12 min 4 s',
    'shards    2 submitted, 1 fetched',
    'requests  1,000 done, 7 failed, 1,369 in flight, of 3,376',
    'batches   oldest 1 h 12 min, next look in 42 s, expires 2026-11-23T07:00Z',
    'results   12.3 MB downloaded at 1.5 MB/s',
    'tokens    12,400,000 in, 1,100,000 out',
    'cost      $3.21 so far, about $10.50 in the end, estimate $9.00',
  ]);
});

test('joining shows how far it is, and the outcomes', () => {
  expect(drawn(picture({ phase: 'joining', outcomes: { ...noOutcomes, succeeded: 1600, unusable: 88 } }, { perSecond: 12_000 }))).toEqual([
    'joining   ████████████░░░░░░░░░░░░ 50 %, 1,688 of 3,376 records at 12,000/s, 12 min 4 s',
    'outcomes  1,600 succeeded, 88 unusable',
  ]);
});

test('a join of files knows no total, and shows the bytes of its output', () => {
  const shown = picture({ phase: 'joining', records: 0, bytes: { built: 0, downloaded: 0, joined: 51_000_000 }, outcomes: { ...noOutcomes, succeeded: 1600 } }, { perSecond: 800, bytesPerSecond: 25_500_000 });
  expect(drawn(shown)).toEqual(['joining   1,600 records at 800/s, 51 MB written at 25.5 MB/s, 12 min 4 s', 'outcomes  1,600 succeeded']);
});

test('a narrow terminal breaks lines between their parts', () => {
  expect(drawn(picture({}), 40)).toEqual(['sending   ██████░░░░░░░░░░░░░░░░ 29 %,', '          12 min 4 s', 'shards    2 submitted, 1 fetched', 'requests  1,000 done, 7 failed,', '          1,369 in flight, of 3,376']);
});

test('color marks what went wrong, and changes no text', () => {
  const lines = drawTable(picture({}), { columns: 100, paint: paintFor({ isTTY: true }, {}, {}) });
  expect(lines[2]?.painted).toBe('\u001B[2mrequests  \u001B[0m1,000 done, \u001B[31m7 failed\u001B[0m, 1,369 in flight, of 3,376');
  expect(lines.map(({ text }) => text)).toEqual(drawn(picture({})));
});

test('no line is as wide as the terminal, whatever a run holds', () => {
  const count = fc.nat({ max: 2 ** 40 });
  const snapshot = fc.record({ phase: fc.constantFrom('building', 'sending', 'joining', 'done'), records: count, shards: fc.record({ built: count, submitted: count, fetched: count }), requests: fc.record({ total: count, inFlight: count, succeeded: count, failed: count }) });
  fc.assert(
    fc.property(snapshot, fc.integer({ min: 2, max: 200 }), ({ shards, ...rest }, columns) => {
      const lines = drawTable(picture({ ...rest, shards: { ...noShards, ...shards } }), { columns, paint: plain });
      expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThan(columns);
    }),
    { seed: 20_261_122 },
  );
});
