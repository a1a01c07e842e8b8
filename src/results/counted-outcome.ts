import type { Outcome } from '../join/outcome.ts';
import type { TokenCounts } from './line-scanner.ts';
import { usageIn } from './scanned-result.ts';
import type { ShapeTail } from './scanned-tails.ts';

/** What is counted of an outcome. */
export type OutcomeSummary = Pick<Outcome, 'status' | 'reason' | 'model' | 'usage'>;

/** A summary made by assignment: one is made for each record, and spreading costs ten times as much. */
export class CountedOutcome implements OutcomeSummary {
  readonly status: OutcomeSummary['status'];
  declare readonly reason?: string;
  declare readonly model?: string;
  declare readonly usage?: NonNullable<OutcomeSummary['usage']>;

  constructor({ outcome: { status, reason, model }, hasUsage }: ShapeTail, counts: TokenCounts) {
    this.status = status;
    if (reason !== undefined) this.reason = reason;
    if (model !== undefined) this.model = model;
    if (hasUsage) this.usage = usageIn(counts);
  }
}
