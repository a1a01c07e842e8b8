import type { Outcome } from '../join/outcome.ts';
import type { TokenCounts } from './line-scanner.ts';
import { usageIn, type WritableUsage } from './scanned-result.ts';
import type { ShapeTail } from './scanned-tails.ts';

/** What is counted of an outcome. */
export type OutcomeSummary = Pick<Outcome, 'status' | 'reason' | 'model' | 'usage'>;

/**
 * The summary of the lines of one shape, which differ in their counts alone. One object serves all of them: to make one for each record would
 * cost more than to count it.
 */
export class CountedOutcome implements OutcomeSummary {
  readonly status: OutcomeSummary['status'];
  declare readonly reason?: string;
  declare readonly model?: string;
  declare readonly usage?: WritableUsage;

  constructor({ outcome: { status, reason, model }, hasUsage }: ShapeTail) {
    this.status = status;
    if (reason !== undefined) this.reason = reason;
    if (model !== undefined) this.model = model;
    if (hasUsage) this.usage = { inputTokens: 0, outputTokens: 0 };
  }

  /** The summary of a line with these counts, good until the next one. */
  of(counts: TokenCounts): this {
    // Which counts there are, is a matter of the shape: none is left from another line.
    if (this.usage !== undefined) usageIn(counts, this.usage);
    return this;
  }
}
