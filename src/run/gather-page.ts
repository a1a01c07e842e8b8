import { walk, type Attempt } from '../join/walk.ts';
import { isSent, type RunEntry, type ShardEntry } from '../ledger/ledger.ts';
import { FailureSamples } from '../report/failure-samples.ts';
import { HistogramBuilder, latencyEdges, tokenEdges } from '../report/histogram.ts';
import type { ExpectedTokens, ReportPageData } from '../report/html/page-data.ts';
import { isFinished, walkInput } from './answers.ts';
import { sendings } from './audit.ts';
import { RunCosts } from './costs.ts';
import { factsOf } from './facts.ts';
import type { DriveOptions } from './options.ts';
import type { Session } from './session.ts';
import { shardTimes } from './shard-times.ts';
import { statusOf } from './status.ts';
import { RunTally } from './tally.ts';

type Findings = Pick<ReportPageData, 'report' | 'outputTokens' | 'latency' | 'failures' | 'otherFailures'>;

/** What a report page shows of a run: what its ledger says, and one walk over its records where all results are here. */
export async function gatherPage(session: Session, entry: RunEntry, options: DriveOptions): Promise<ReportPageData> {
  const { ledger, clock } = session;
  const shards = await ledger.shards();
  const costs = await RunCosts.open(session, options);
  const isWhole = entry.state === 'built' && shards.every(({ state }) => isFinished(state));
  const sent = shards.filter(isSent);
  const expected = await expectedTokens(isWhole ? sent.filter(({ state }) => state === 'fetched') : sent, costs);
  return {
    at: clock.now(),
    status: await statusOf(session),
    createdAt: entry.createdAt,
    description: entry.description,
    ...(expected ? { expected } : {}),
    timeline: await shardTimes(entry, sent, ledger),
    ...(isWhole ? await walkRecords(session, entry, options, costs) : nothingYet()),
  };
}

function nothingYet(): Findings {
  return { outputTokens: new HistogramBuilder(tokenEdges).build(), latency: new HistogramBuilder(latencyEdges).build(), failures: [], otherFailures: 0 };
}

async function walkRecords(session: Session, entry: RunEntry, options: DriveOptions, costs: RunCosts): Promise<Findings> {
  const tally = new RunTally(entry, costs);
  const tokens = new HistogramBuilder(tokenEdges);
  const latency = new HistogramBuilder(latencyEdges);
  const samples = new FailureSamples();
  const sendingsOf = await sendings(session.ledger);
  const timed = (attempt: Attempt) => {
    const { createdAt, endedAt } = sendingsOf(attempt).at(-1) ?? {};
    // An answer that was taken over has waited in another run.
    if (attempt.hasResult && attempt.outcome.origin === undefined && createdAt !== undefined && endedAt !== undefined) latency.add(Math.max(0, endedAt - createdAt));
  };
  const joined = walk<unknown>({
    ...(await walkInput(session, entry, options)),
    ...(entry.header ? { header: entry.header } : {}),
    onRecordReject: () => undefined,
    onLineReject: (rejection) => tally.report.addRejection(rejection),
    onAttempts: (attempts, chosen, record) => {
      tally.addAttempts(attempts, chosen, record);
      attempts.forEach(timed);
      return undefined;
    },
    onIndex: ({ counts }) => tally.report.addLines(counts.lines),
  });
  for await (const { record, outcome } of joined) {
    tally.report.addOutcome(outcome);
    if (outcome.usage) tokens.add(outcome.usage.outputTokens);
    samples.add(record, outcome);
  }
  const { groups, others } = samples.build();
  return {
    report: await tally.finish(await factsOf(session, entry)),
    outputTokens: tokens.build(),
    latency: latency.build(),
    failures: groups,
    otherFailures: others,
  };
}

/** The tokens that were expected of these shards; `undefined` where nothing is known of one. */
async function expectedTokens(shards: readonly ShardEntry[], costs: RunCosts): Promise<ExpectedTokens | undefined> {
  const sums = { inputTokens: 0, outputTokens: 0 };
  for (const shard of shards) {
    const expected = await costs.expectationOf(shard);
    if (!expected) return undefined;
    sums.inputTokens += expected.inputTokens;
    sums.outputTokens += expected.outputTokens;
  }
  return shards.length === 0 ? undefined : sums;
}
