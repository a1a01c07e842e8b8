import { fileOf } from '../batches/sent-records.ts';
import type { Outcome } from '../join/outcome.ts';
import { walk, type Attempt } from '../join/walk.ts';
import { isSent, type RunEntry, type ShardEntry } from '../ledger/ledger.ts';
import { CostMeter } from '../report/cost-meter.ts';
import { FailureSamples } from '../report/failure-samples.ts';
import { HistogramBuilder, latencyEdges, tokenEdges } from '../report/histogram.ts';
import type { ExpectedTokens, ReportPageData } from '../report/html/page-data.ts';
import { ReportBuilder } from '../report/report.ts';
import { isFinished, walkInput } from './answers.ts';
import { costOfRun, priceAttempts, priceSaved } from './attempt-costs.ts';
import { sendings } from './audit.ts';
import { RunCosts } from './costs.ts';
import { factsOf, savesRequests } from './facts.ts';
import type { DriveOptions } from './options.ts';
import type { Session } from './session.ts';
import { shardTimes } from './shard-times.ts';
import { addExample } from './sink.ts';
import { statusOf } from './status.ts';

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
  const report = new ReportBuilder();
  const tokens = new HistogramBuilder(tokenEdges);
  const latency = new HistogramBuilder(latencyEdges);
  const samples = new FailureSamples();
  const [meter, saved] = [new CostMeter(costs.find), new CostMeter(costs.find)];
  const file = fileOf(entry);
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
    onLineReject: (rejection) => report.addRejection(rejection),
    onAttempts: (attempts, chosen, record) => {
      addExample(report, chosen, attempts, record, file);
      countAttempts(attempts, chosen, report);
      attempts.forEach(timed);
      priceAttempts(attempts, meter);
      priceSaved(chosen, attempts[0]?.shard.model, saved);
      return undefined;
    },
    onIndex: ({ counts }) => report.addLines(counts.lines),
  });
  for await (const { record, outcome } of joined) {
    report.addOutcome(outcome);
    if (outcome.usage) tokens.add(outcome.usage.outputTokens);
    samples.add(record, outcome);
  }
  const { groups, others } = samples.build();
  const isThrifty = savesRequests(entry);
  return {
    report: report.build({ ...(await factsOf(session, entry)), isThrifty, cost: await costOfRun(meter, costs, isThrifty ? saved : undefined) }),
    outputTokens: tokens.build(),
    latency: latency.build(),
    failures: groups,
    otherFailures: others,
  };
}

/** The one that counts is counted with its record. */
function countAttempts(attempts: readonly Attempt[], chosen: Outcome, report: ReportBuilder): void {
  for (const { outcome } of attempts) if (outcome !== chosen && outcome.origin === undefined && outcome.usage) report.addUsage(outcome.usage);
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
