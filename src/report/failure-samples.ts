import type { Outcome, OutcomeStatus } from '../join/outcome.ts';
import type { SourceRecord } from '../records/record.ts';
import { FailureGroups } from './failure-groups.ts';

/** Records of one failure reason that are kept, of how many reasons, and how much of each text. */
const bounds = { kinds: 20, samples: 3, characters: 2_000 } as const;

/** A text of a record or an answer, cut where it is long. */
export interface Excerpt {
  readonly text: string;
  /** Characters that were left off. */
  readonly leftOff: number;
}

/** A record that did not succeed. */
export interface FailureSample {
  /** 0-based. */
  readonly index: number;
  /** 1-based line of the source, where it has lines. */
  readonly line?: number;
  readonly customId: string;
  /** The record, as JSON; left out where it could not be read. */
  readonly record?: Excerpt;
  /** What was answered. */
  readonly answer?: Excerpt;
  /** What the provider, or a check, says is wrong. */
  readonly message?: Excerpt;
}

/** Records that failed alike. */
export interface FailureGroup {
  readonly status: OutcomeStatus;
  /** Left out where the status says all. */
  readonly reason?: string;
  readonly count: number;
  /** The first of them in source order; none where there are more kinds of failures than are kept. */
  readonly samples: readonly FailureSample[];
}

/** Keeps the first records of each failure reason, and counts the others. */
export class FailureSamples {
  readonly #groups = new FailureGroups<FailureSample>(bounds);

  /** Counts a record in, unless it succeeded. */
  add(record: Pick<SourceRecord<unknown>, 'index' | 'line' | 'value'>, outcome: Outcome): void {
    const { status, reason } = outcome;
    if (status !== 'succeeded') this.#groups.add(`${status} ${reason ?? ''}`, outcome, () => failedRecord(record, outcome));
  }

  /** The groups, the largest first. `others` counts the records of further reasons. */
  build(): { readonly groups: readonly FailureGroup[]; readonly others: number } {
    const groups = this.#groups.list().map(({ reason, ...group }) => ({ ...group, ...(reason === undefined ? {} : { reason: excerptOf(reason).text }) }));
    return { groups, others: this.#groups.others };
  }
}

function failedRecord({ index, line, value }: Pick<SourceRecord<unknown>, 'index' | 'line' | 'value'>, { customId, text, error }: Outcome): FailureSample {
  return {
    index,
    ...(line === undefined ? {} : { line }),
    customId: excerptOf(customId).text,
    ...(value === undefined ? {} : { record: excerptOf(JSON.stringify(value, null, 1) ?? '') }),
    ...(text === undefined ? {} : { answer: excerptOf(text) }),
    ...(error === undefined ? {} : { message: excerptOf(error.message) }),
  };
}

/** The beginning of a text. Copied: a slice would keep the whole of it in memory. */
export function excerptOf(text: string): Excerpt {
  const cut = text.slice(0, bounds.characters);
  return { text: Buffer.from(cut, 'utf16le').toString('utf16le'), leftOff: text.length - cut.length };
}
