import type { ShardEntry } from '../ledger/ledger.ts';

/** What a shard has to do with the budget: it cost something, it may yet, or neither. */
export type Standing = 'nothing' | 'reserved' | 'spent';

/** How a shard stands, by what the ledger knows of it. Pure. @param isCalled true if a call that costs money was begun and not settled */
export function standingOf({ state, via }: Pick<ShardEntry, 'state' | 'via'>, isCalled: boolean): Standing {
  switch (state) {
    case 'built':
    case 'uploaded':
      return isCalled ? 'reserved' : 'nothing';
    case 'submitted':
    case 'ended':
      return 'reserved';
    case 'fetched':
      return 'spent';
    case 'failed':
      // A batch that was refused whole ran nothing; of single requests nothing is refused together.
      return via === 'send' ? 'reserved' : 'nothing';
  }
}

/** What is kept of the budget for one shard, in US dollars. */
export interface Commitment {
  readonly shard: number;
  readonly standing: Exclude<Standing, 'nothing'>;
  readonly usd: number;
}

/** Sums of dollars are compared with this much play, far below the smallest price of a token. */
const tolerance = 1e-9;

/**
 * The bookkeeping of a budget. Before a shard is sent, what it can cost at most is reserved; when its results are in, what it did
 * cost takes the place of that. So the sum of what was spent and what may yet be never passes the budget.
 */
export class Budget {
  readonly usd: number;
  readonly #commitments: Map<number, Commitment>;

  constructor(usd: number, commitments: readonly Commitment[]) {
    this.usd = usd;
    this.#commitments = new Map(commitments.map((commitment) => [commitment.shard, commitment]));
  }

  /** True if a shard may be sent: what it can cost is set aside. */
  isReserved(shard: number): boolean {
    return this.#commitments.get(shard)?.standing === 'reserved';
  }

  /** What was spent, and what is reserved. */
  get committedUsd(): number {
    return this.#sumWithout(undefined);
  }

  /**
   * Reserves what a shard can cost at most.
   *
   * @returns `reserved`: it may be sent; `later`: it does not fit beside what others may yet cost, whose results may leave something
   * over; `never`: it does not fit
   */
  reserve(shard: number, mostUsd: number): 'reserved' | 'later' | 'never' {
    if (this.#sumWithout(shard) + mostUsd <= this.usd + tolerance) {
      this.#commitments.set(shard, { shard, standing: 'reserved', usd: mostUsd });
      return 'reserved';
    }
    const others = [...this.#commitments.values()].filter((commitment) => commitment.shard !== shard);
    return others.some(({ standing }) => standing === 'reserved') ? 'later' : 'never';
  }

  /** The results of a shard are in. @param usd what it cost */
  settle(shard: number, usd: number): void {
    this.#commitments.set(shard, { shard, standing: 'spent', usd });
  }

  /** The provider said no to a shard: it cost nothing. */
  release(shard: number): void {
    if (this.isReserved(shard)) this.#commitments.delete(shard);
  }

  #sumWithout(shard: number | undefined): number {
    let sum = 0;
    for (const commitment of this.#commitments.values()) if (commitment.shard !== shard) sum += commitment.usd;
    return sum;
  }
}

/** Asked before anything that costs money is sent, and told what became of it. */
export interface BudgetGate {
  /**
   * Reserves what a shard can cost at most; `false` if it must wait for the results of others.
   *
   * @throws StateError `over_budget`; InputError `unknown_cost`
   */
  admit(shard: ShardEntry): Promise<boolean>;
  /** The results of a shard are here, and in the ledger. */
  settle(shard: ShardEntry): Promise<void>;
  /** A shard was refused: nothing of it ran. */
  release(shard: Pick<ShardEntry, 'number'>): void;
}
