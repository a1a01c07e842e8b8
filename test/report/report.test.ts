import { describe, expect, it } from 'vitest';
import { outcomeStatuses, type OutcomeStatus } from '../../src/join/outcome.ts';
import { describeReport } from '../../src/report/describe.ts';
import { exitCodeOf, ReportBuilder, type RunReport } from '../../src/report/report.ts';

const facts = { shards: 1, batches: 2, attempts: 5, startedAt: Date.UTC(2026, 10, 22, 7), endedAt: Date.UTC(2026, 10, 22, 8) };

function reportOf(statuses: readonly OutcomeStatus[]): RunReport {
  const builder = new ReportBuilder();
  for (const status of statuses) builder.addOutcome({ status });
  return builder.build(facts);
}

it('counts outcomes, reasons, rejected lines and tokens, under the keys that scripts rely on', () => {
  const builder = new ReportBuilder();
  builder.addOutcome({ status: 'succeeded', usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4, reasoningTokens: 1 } });
  builder.addOutcome({ status: 'unusable', reason: 'truncated', usage: { inputTokens: 10, outputTokens: 64 } });
  builder.addOutcome({ status: 'unusable', reason: 'truncated' });
  builder.addOutcome({ status: 'errored', reason: '__proto__' });
  for (const code of ['orphan', 'duplicate_result', 'unparsable', 'unrecognized', 'parse_error', 'orphan'] as const) builder.addRejection({ code });
  builder.addLines(7);
  builder.addLines(2);
  expect(JSON.stringify(builder.build(facts), undefined, 1).replaceAll(/\s*\n\s*/g, ' ')).toBe(
    '{ "records": 5, ' +
      '"outcomes": { "succeeded": 1, "unusable": 2, "errored": 1, "expired": 0, "canceled": 0, "missing": 0, "rejected": 1 }, ' +
      '"reasons": { "truncated": 2, "__proto__": 1, "parse_error": 1 }, ' +
      '"results": { "lines": 9, "orphans": 2, "duplicates": 1, "unparsable": 1, "unrecognized": 1 }, ' +
      '"usage": { "inputTokens": 20, "cachedInputTokens": 4, "cacheWriteTokens": 0, "outputTokens": 66, "reasoningTokens": 1 }, ' +
      '"cost": null, "shards": 1, "batches": 2, "attempts": 5, "synchronous": 0, ' +
      '"startedAt": "2026-11-22T07:00:00.000Z", "endedAt": "2026-11-22T08:00:00.000Z" }',
  );
});

it('refuses to report records that have no outcome, or more than one', () => {
  const builder = new ReportBuilder();
  builder.addOutcome({ status: 'succeeded' });
  expect(builder.build({ ...facts, records: 1 }).records).toBe(1);
  for (const records of [0, 2]) expect(() => builder.build({ ...facts, records })).toThrow(expect.objectContaining({ code: 'inconsistent_report' }));
});

it('is not changed by what is counted after it was built', () => {
  const builder = new ReportBuilder();
  const before = builder.build(facts);
  builder.addOutcome({ status: 'missing' });
  expect(before.outcomes.missing).toBe(0);
});

it.each<[readonly OutcomeStatus[], number]>([
  [[], 0],
  [['succeeded', 'succeeded'], 0],
  [['succeeded', 'missing'], 3],
  [['unusable'], 1],
  [outcomeStatuses, 3],
])('of %j ends with exit code %d', (statuses, code) => {
  expect(exitCodeOf(reportOf(statuses))).toBe(code);
});

describe('in words', () => {
  it('shows what is there and nothing else', () => {
    const builder = new ReportBuilder();
    for (let index = 0; index < 1200; index += 1) builder.addOutcome({ status: 'succeeded', usage: { inputTokens: 10, outputTokens: 1 } });
    builder.addOutcome({ status: 'errored', reason: 'context_length_exceeded' });
    builder.addLines(1201);
    expect(describeReport(builder.build(facts)).replaceAll(/ +/g, ' ')).toBe(
      'records 1,201\n succeeded 1,200\n errored 1\nreasons\n context_length_exceeded 1\nresult lines 1,201\ntokens 12,000 in, 1,200 out\ncost unknown\nbatches 2 (shards: 1, requests sent: 5)\n',
    );
  });

  it('stays on one screen however many reasons there are', () => {
    const builder = new ReportBuilder();
    for (let index = 0; index < 100; index += 1) builder.addOutcome({ status: 'errored', reason: `code_${index}` });
    const text = describeReport(builder.build(facts));
    expect(text.split('\n').length).toBeLessThan(24);
    expect(text).toContain('and 92 more');
  });

  it('says the cost and what of it is unknown', () => {
    const report: RunReport = { ...reportOf(['succeeded']), cost: { usd: 0.01234, estimatedUsd: 0.015, unpriced: 3 } };
    expect(describeReport(report)).toContain('$0.0123 (estimated $0.0150, 3 results of unknown price)');
  });
});
