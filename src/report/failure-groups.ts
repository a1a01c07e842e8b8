import type { OutcomeStatus } from '../join/outcome.ts';

/** Failures of one kind, and the first of them. */
interface Group<Sample> {
  readonly status: OutcomeStatus;
  readonly reason: string | undefined;
  count: number;
  readonly samples: Sample[];
}

/** How much is kept. */
export interface FailureBounds {
  /** Kinds of failure: a provider may name any number of reasons. */
  readonly kinds: number;
  /** Samples of each kind. */
  readonly samples: number;
}

/** Counts failures by kind, and keeps the first of each. */
export class FailureGroups<Sample> {
  readonly #groups = new Map<string, Group<Sample>>();
  readonly #bounds: FailureBounds;
  /** Failures of the kinds that are not kept. */
  others = 0;

  constructor(bounds: FailureBounds) {
    this.#bounds = bounds;
  }

  /** Counts a failure in. @param kind tells those that are alike @param sample is asked for where it is kept */
  add(kind: string, { status, reason }: { readonly status: OutcomeStatus; readonly reason?: string }, sample: () => Sample): void {
    let group = this.#groups.get(kind);
    if (group === undefined) {
      if (this.#groups.size >= this.#bounds.kinds) {
        this.others += 1;
        return;
      }
      group = { status, reason, count: 0, samples: [] };
      this.#groups.set(kind, group);
    }
    group.count += 1;
    if (group.samples.length < this.#bounds.samples) group.samples.push(sample());
  }

  /** The largest first. */
  list(): readonly Readonly<Group<Sample>>[] {
    return [...this.#groups.values()].toSorted((a, b) => b.count - a.count);
  }
}
