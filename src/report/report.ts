import { StateError } from '../errors.ts';
import type { Origin, Outcome, OutcomeStatus } from '../join/outcome.ts';
import { sumOf } from '../numbers.ts';
import type { Rejection } from '../records/record.ts';
import type { Usage } from '../results/result.ts';
import { UsageSum, type UsageTotals } from './usage.ts';

/** Money, in US dollars. */
export interface RunCost {
  /** What the answers cost, those of earlier attempts included. */
  readonly usd: number;
  /** What the requests that were sent were expected to cost, by their size and answers of a usual length. */
  readonly estimatedUsd: number;
  /** Answers whose price is not known: they are in neither sum. */
  readonly unpriced: number;
  /** What the answers that were taken over would have cost; only of a run that was to take any over (`reuse`, `dedupe`). */
  readonly savedUsd?: number;
}

/** How the records that were not rejected came to their answers. */
export interface OriginCounts {
  /** Sent by this run. */
  readonly fresh: number;
  /** Taken over from earlier runs. */
  readonly reused: number;
  /** Not sent, because another record has the same request. */
  readonly deduplicated: number;
}

/** What became of all records, in keys that scripts may rely on. */
export interface RunReport {
  readonly records: number;
  /** Adds up to `records`. */
  readonly outcomes: Readonly<Record<OutcomeStatus, number>>;
  /** How often each reason occurs among the records that did not succeed. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of the reasons that errors of the provider have, the first of each in words, with the record it is about. Left out where there are none. */
  readonly examples?: Readonly<Record<string, string>>;
  /** Of a run that was to take answers over (`reuse`, `dedupe`). */
  readonly origins?: OriginCounts;
  /** `lines` of result files, blank ones aside; the other counts say how many of them found no record. */
  readonly results: {
    readonly lines: number;
    readonly orphans: number;
    readonly duplicates: number;
    readonly unparsable: number;
    readonly unrecognized: number;
  };
  /** Of the answers that this run paid for. */
  readonly usage: UsageTotals;
  /** `null` while nothing is priced. */
  readonly cost: RunCost | null;
  readonly shards: number;
  readonly batches: number;
  /** Requests sent, over all rounds. */
  readonly attempts: number;
  /** Those of `attempts` that were sent one by one to the synchronous endpoint, at full price. */
  readonly synchronous: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** What a report says beside its counts. */
export interface ReportFacts {
  readonly shards: number;
  readonly batches: number;
  readonly attempts: number;
  /** @default 0 */
  readonly synchronous?: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds. */
  readonly endedAt: number;
  /** @default null */
  readonly cost?: RunCost | null;
  /** True for a run that was to take answers over. @default false */
  readonly isThrifty?: boolean;
  /** How many records the source had, where that was counted apart: the outcomes must add up to it. */
  readonly records?: number;
}

/** Reasons that are shown by an example. */
const maxExamples = 20;

/** Counts outcomes and rejections, one by one, into a {@link RunReport}. */
export class ReportBuilder {
  readonly #outcomes: Record<OutcomeStatus, number> = { succeeded: 0, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #results = { lines: 0, orphans: 0, duplicates: 0, unparsable: 0, unrecognized: 0 };
  readonly #examples = new Map<string, string>();
  readonly #taken: Record<Origin, number> = { reused: 0, deduplicated: 0 };
  #records = 0;
  readonly #usage = new UsageSum();

  /** Outcomes counted so far. */
  get outcomes(): Readonly<Record<OutcomeStatus, number>> {
    return { ...this.#outcomes };
  }

  /** Counts the outcome of one record; its tokens only where they were paid for. */
  addOutcome({ status, reason, usage, origin }: Pick<Outcome, 'status' | 'reason' | 'usage' | 'origin'>): void {
    this.#records += 1;
    if (origin !== undefined) this.#taken[origin] += 1;
    this.#outcomes[status] += 1;
    if (reason !== undefined) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (usage !== undefined && origin === undefined) this.#usage.add(usage);
  }

  /** Notes an error of the provider in words, unless there is one for this reason already. @param describe called only where it is wanted */
  addExample(reason: string, describe: () => string): void {
    if (this.#examples.has(reason) || this.#examples.size >= maxExamples) return;
    this.#examples.set(reason, describe());
  }

  /** Counts a line that found no record, or a record that was never sent and that no outcome is added for (`parse_error`, ...). */
  addRejection({ code }: Pick<Rejection, 'code'>): void {
    if (code === 'orphan') this.#results.orphans += 1;
    else if (code === 'duplicate_result') this.#results.duplicates += 1;
    else if (code === 'unparsable' || code === 'unrecognized') this.#results[code] += 1;
    else this.addOutcome({ status: 'rejected', reason: code });
  }

  /** Counts the tokens of an answer that was paid for, and for which another one counts. */
  addUsage(usage: Usage): void {
    this.#usage.add(usage);
  }

  /** Counts lines of result files, those that were rejected included. */
  addLines(lines: number): void {
    this.#results.lines += lines;
  }

  /** The report. Fails with `inconsistent_report` if the outcomes do not add up to the records. */
  build({ shards, batches, attempts, synchronous = 0, startedAt, endedAt, cost = null, isThrifty = false, records = this.#records }: ReportFacts): RunReport {
    const outcomes = { ...this.#outcomes };
    const sum = sumOf(outcomes);
    if (sum !== records) throw new StateError('inconsistent_report', `${records} records have ${sum} outcomes. This is a bug in millrace: please report it.`);
    return {
      records,
      outcomes,
      reasons: Object.fromEntries(this.#reasons),
      ...(this.#examples.size === 0 ? {} : { examples: Object.fromEntries(this.#examples) }),
      ...(isThrifty ? { origins: { fresh: records - outcomes.rejected - this.#taken.reused - this.#taken.deduplicated, ...this.#taken } } : {}),
      results: { ...this.#results },
      usage: this.#usage.totals,
      cost,
      shards,
      batches,
      attempts,
      synchronous,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
    };
  }
}

/** The exit code a report stands for: 0 every record succeeded, 3 some did not, 1 none of them did. */
export function exitCodeOf({ records, outcomes }: RunReport): 0 | 1 | 3 {
  if (outcomes.succeeded === records) return 0;
  return outcomes.succeeded === 0 ? 1 : 3;
}
