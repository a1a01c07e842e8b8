import type { Outcome } from '../join/outcome.ts';
import type { Attempt } from '../join/walk.ts';
import type { CostMeter } from '../report/cost-meter.ts';
import type { RunCost } from '../report/report.ts';
import type { RunCosts } from './costs.ts';

/**
 * Counts what the attempts at a record cost: every answer is paid for, also one that was cut off and asked for again.
 *
 * @returns US dollars; 0 for a record that nobody answered, `undefined` where the price of an answer is not known
 */
export function priceAttempts(attempts: readonly Attempt[], meter: CostMeter): number | undefined {
  let total: number | undefined = 0;
  for (const { outcome, shard } of attempts) {
    if (!mayBePaid(outcome)) continue;
    const usd = meter.add(outcome, shard.model);
    total = usd === undefined || total === undefined ? undefined : total + usd;
  }
  return total;
}

/** True for answers, and for those that are lost: whether and what they cost is not known then. Whatever failed is not billed. */
function mayBePaid({ status, reason }: Outcome): boolean {
  return status === 'succeeded' || status === 'unusable' || reason === 'send_in_doubt' || reason === 'results_unavailable';
}

/** The cost of a run as its report has it; `null` where there are answers and none of them has a price. */
export async function costOfRun({ usd, priced, unpriced }: CostMeter, costs: RunCosts): Promise<RunCost | null> {
  if (priced === 0 && unpriced > 0) return null;
  return { usd: round(usd), estimatedUsd: round(await costs.estimatedUsd()), unpriced };
}

/** To a ten-thousandth of a cent's hundredth: sums of many small numbers end in digits that mean nothing. */
const round = (usd: number): number => Number(usd.toFixed(10));
