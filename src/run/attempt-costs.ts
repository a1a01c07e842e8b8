import type { Outcome } from '../join/outcome.ts';
import type { Attempt } from '../join/walk.ts';
import type { CostMeter } from '../report/cost-meter.ts';
import type { RunCost } from '../report/report.ts';
import type { OutcomeSummary } from '../results/counted-outcome.ts';
import type { RunCosts } from './costs.ts';

/** What each attempt at a record cost, in US dollars: 0 where nobody answered, `undefined` where the price of the answer is not known. */
export type AttemptCosts = readonly (number | undefined)[];

/** Counts what an answer that was not sent for would have cost, from a batch. @param asked the model, where the answer names none */
export function priceSaved({ synchronous: _paid, ...outcome }: Outcome, asked: string | undefined, saved: CostMeter): void {
  if (outcome.origin !== undefined && mayBePaid(outcome)) saved.add(outcome, asked);
}

/** Counts what the attempts at a record cost: every answer is paid for, also one that was cut off and asked for again; none of an earlier run is. */
export function priceAttempts(attempts: readonly Attempt[], meter: CostMeter): AttemptCosts {
  return attempts.map(({ outcome, shard }) => (outcome.origin === undefined && mayBePaid(outcome) ? meter.add(outcome, shard.model) : 0));
}

/** The same for the only attempt at a record. */
export function priceAnswer(outcome: OutcomeSummary, { model, via }: Attempt['shard'], meter: CostMeter): void {
  if (mayBePaid(outcome)) meter.add(via === 'send' ? { ...outcome, synchronous: true } : outcome, model);
}

/** What a record cost; `undefined` where the price of one of its answers is not known. */
export function costOfRecord(costs: AttemptCosts): number | undefined {
  return costs.reduce<number | undefined>((total, usd) => (usd === undefined || total === undefined ? undefined : total + usd), 0);
}

/** True for answers, and for those that are lost: whether and what they cost is not known then. Whatever failed is not billed. */
function mayBePaid({ status, reason }: OutcomeSummary): boolean {
  return status === 'succeeded' || status === 'unusable' || reason === 'send_in_doubt' || reason === 'results_unavailable';
}

/** The cost of a run as its report has it, with what was saved where answers were taken over; `null` where there are answers and none of them has a price. */
export async function costOfRun({ usd, priced, unpriced }: CostMeter, costs: RunCosts, saved?: CostMeter): Promise<RunCost | null> {
  if (priced === 0 && unpriced > 0) return null;
  return { usd: round(usd), estimatedUsd: round(await costs.estimatedUsd()), unpriced, ...(saved === undefined ? {} : { savedUsd: round(saved.usd) }) };
}

/** To a ten-thousandth of a cent's hundredth: sums of many small numbers end in digits that mean nothing. */
const round = (usd: number): number => Number(usd.toFixed(10));
