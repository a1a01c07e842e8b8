import type { Outcome, OutcomeStatus } from '../join/outcome.ts';
import type { SourceRecord } from '../records/record.ts';

/** Records of one failure reason that are kept, of how many reasons, and how much of each text. */
const bounds = { samples: 3, reasons: 20, characters: 2_000 } as const;

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
  readonly #groups = new Map<string, { readonly status: OutcomeStatus; readonly reason?: string; count: number; readonly samples: FailureSample[] }>();
  #others = 0;

  /** Counts a record in, unless it succeeded. */
  add(record: Pick<SourceRecord<unknown>, 'index' | 'line' | 'value'>, outcome: Outcome): void {
    const { status, reason } = outcome;
    if (status === 'succeeded') return;
    const key = `${status} ${reason ?? ''}`;
    const group = this.#groups.get(key) ?? this.#begin(key, outcome);
    if (!group) {
      this.#others += 1;
      return;
    }
    group.count += 1;
    if (group.samples.length < bounds.samples) group.samples.push(failedRecord(record, outcome));
  }

  /** The groups, the largest first. `others` counts the records of further reasons. */
  build(): { readonly groups: readonly FailureGroup[]; readonly others: number } {
    return { groups: [...this.#groups.values()].toSorted((a, b) => b.count - a.count), others: this.#others };
  }

  /** A provider may name any number of reasons. */
  #begin(key: string, { status, reason }: Outcome) {
    if (this.#groups.size >= bounds.reasons) return undefined;
    const group = { status, ...(reason === undefined ? {} : { reason: excerptOf(reason).text }), count: 0, samples: [] };
    this.#groups.set(key, group);
    return group;
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
