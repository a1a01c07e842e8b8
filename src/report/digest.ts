import type { Outcome, OutcomeStatus } from '../join/outcome.ts';
import type { JsonValue } from '../records/record.ts';
import { FailureGroups } from './failure-groups.ts';
import type { RunReport } from './report.ts';

/** Records that did not succeed, all for one reason, and the first of them. */
export interface FailureKind {
  /** The reason, or the status where there is none. */
  readonly reason: string;
  readonly status: OutcomeStatus;
  readonly count: number;
  readonly sample: FailedRecord;
}

/** A record that did not succeed. */
export interface FailedRecord {
  /** 0-based. */
  readonly index: number;
  /** 1-based source line, where the source has lines. */
  readonly line?: number;
  readonly customId: string;
  /** The record, long texts in it cut; left out where it could not be read, or is too large to keep. */
  readonly value?: JsonValue;
  /** What went wrong, in the words of whoever found it. */
  readonly message?: string;
  /** The beginning of the answer, if there is one. */
  readonly text?: string;
}

/** What became of the records of a run so far, small enough to keep. */
export interface RunDigest {
  /** Of the records that are settled; those that are not are in none of its counts. */
  readonly report: RunReport;
  /** Records whose results are not here yet. */
  readonly pending: number;
  /** The most frequent first. */
  readonly failures: readonly FailureKind[];
}

/** Kinds of failure that are kept with a sample; more are counted in the report alone. */
const mostKinds = 100;
const longestText = 300;
const longestValue = 2_000;

/** A record that did not succeed, with all there is to say of it. */
export interface WholeFailure {
  readonly record: { readonly index: number; readonly line?: number | undefined; readonly value?: unknown };
  readonly outcome: Outcome;
}

/** Keeps the first record of each reason. */
export class FailureKinds {
  readonly #groups = new FailureGroups<FailedRecord>({ kinds: mostKinds, samples: 1 });

  /** Counts what became of a record. @param whole is asked for at the first of each reason */
  add({ status, reason = status }: Pick<Outcome, 'status' | 'reason'>, whole: () => WholeFailure): void {
    if (status !== 'succeeded') this.#groups.add(reason, { status, reason }, () => sampleOf(whole()));
  }

  list(): FailureKind[] {
    return this.#groups.list().flatMap(({ reason, status, count, samples: [sample] }) => (sample ? [{ reason: reason ?? status, status, count, sample }] : []));
  }
}

function sampleOf({ record: { index, line, value }, outcome: { customId, error, text } }: WholeFailure): FailedRecord {
  const kept = excerpt(value);
  return {
    index,
    ...(line === undefined ? {} : { line }),
    customId,
    ...(kept === undefined ? {} : { value: kept }),
    ...(error === undefined ? {} : { message: cut(error.message) }),
    ...(text === undefined || text === '' ? {} : { text: cut(text) }),
  };
}

/** A value as JSON has it, long texts in it cut; `undefined` where it stays large, or is none of JSON. */
function excerpt(value: unknown): JsonValue | undefined {
  try {
    const text: string | undefined = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? cut(inner) : inner));
    return text === undefined || text.length > longestValue ? undefined : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
