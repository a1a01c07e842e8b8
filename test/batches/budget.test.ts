import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget, standingOf, type Commitment } from '../../src/batches/budget.ts';
import { shardStates, type ShardState } from '../../src/ledger/ledger.ts';

describe('a budget', () => {
  it('reserves what fits, waits for what others may leave over, and says never where they cannot', () => {
    const budget = new Budget(10, []);
    expect([budget.reserve(1, 6), budget.reserve(2, 6), budget.reserve(3, 4)]).toEqual(['reserved', 'later', 'reserved']);
    budget.settle(1, 1);
    expect(budget.committedUsd).toBe(5);
    expect(budget.reserve(2, 6)).toBe('later');
    budget.settle(3, 2.5);
    expect(budget.reserve(2, 6)).toBe('reserved');
    budget.settle(2, 6);
    expect(budget.reserve(4, 0.6)).toBe('never');
    expect(budget.reserve(4, 0.5)).toBe('reserved');
  });

  it('counts a shard once, however often it is tried, and not at all once it was refused', () => {
    const budget = new Budget(10, [{ shard: 1, standing: 'reserved', usd: 6 }]);
    expect([budget.reserve(1, 6), budget.reserve(1, 6), budget.committedUsd]).toEqual(['reserved', 'reserved', 6]);
    budget.release(1);
    expect(budget.committedUsd).toBe(0);
    budget.settle(1, 3);
    budget.release(1);
    expect(budget.committedUsd).toBe(3);
  });

  it('takes sums of many small numbers as what they are', () => {
    const budget = new Budget(0.3, [{ shard: 1, standing: 'spent', usd: 0.1 }]);
    expect(budget.reserve(2, 0.2)).toBe('reserved');
  });
});

it('a shard stands by its state, and by a call that was begun', () => {
  const standings = (via: 'batch' | 'send', isCalled: boolean) => shardStates.map((state) => standingOf({ state, via }, isCalled));
  expect(standings('batch', false)).toEqual(['nothing', 'nothing', 'reserved', 'reserved', 'spent', 'nothing']);
  expect(standings('batch', true)).toEqual(['reserved', 'reserved', 'reserved', 'reserved', 'spent', 'nothing']);
  expect(standings('send', true)[0]).toBe('reserved');
});

const fates = ['answered', 'refused', 'lost on the way', 'answer lost', 'killed before'] as const;
type Fate = (typeof fates)[number];

/** A provider and a ledger as far as money goes, and a process that may be killed at any time. */
class World {
  readonly #shards = new Map<number, { most: number; cost: number; state: ShardState; isCalled: boolean; hasArrived: boolean }>();
  charged = 0;
  refused = 0;
  budget: Budget;

  constructor(usd: number, shards: readonly { most: number; share: number }[]) {
    for (const [index, { most, share }] of shards.entries()) this.#shards.set(index, { most, cost: most * share, state: 'built', isCalled: false, hasArrived: false });
    this.budget = new Budget(usd, []);
  }

  /** The intent, then the call: it arrives or not, and its answer is heard, refused or lost. */
  submit(number: number, fate: Fate): void {
    const shard = this.#shard(number);
    if (shard.state !== 'built' || shard.isCalled) return;
    if (this.budget.reserve(number, shard.most) !== 'reserved') {
      this.refused += 1;
      return;
    }
    if (fate === 'killed before') return this.restart(this.budget.usd);
    shard.isCalled = true;
    if (fate === 'refused') {
      shard.isCalled = false;
      return this.budget.release(number);
    }
    if (fate === 'lost on the way') return;
    shard.hasArrived = true;
    // The provider runs it, whether or not anyone waits.
    this.charged += shard.cost;
    if (fate === 'answered') Object.assign(shard, { state: 'submitted', isCalled: false });
  }

  /** The provider is asked about a call whose answer was lost. */
  settleDoubt(number: number): void {
    const shard = this.#shard(number);
    if (!shard.isCalled) return;
    shard.isCalled = false;
    if (shard.hasArrived) shard.state = 'submitted';
  }

  fetch(number: number): void {
    const shard = this.#shard(number);
    if (shard.state !== 'submitted') return;
    shard.state = 'fetched';
    this.budget.settle(number, shard.cost);
  }

  /** Killed after the ledger has the results, before the budget heard of it; or at any other time. */
  restart(usd: number): void {
    const commitments = [...this.#shards].flatMap(([number, { most, cost, state, isCalled }]): Commitment[] => {
      const standing = standingOf({ state, via: 'batch' }, isCalled);
      return standing === 'nothing' ? [] : [{ shard: number, standing, usd: standing === 'spent' ? cost : most }];
    });
    this.budget = new Budget(usd, commitments);
  }

  #shard(number: number) {
    const shard = this.#shards.get(number);
    if (!shard) throw new Error('no shard');
    return shard;
  }
}

it('is never passed, whatever is submitted, answered, lost, fetched, killed and resumed in whatever order', () => {
  const shards = fc.array(fc.record({ most: fc.double({ min: 0.01, max: 5, noNaN: true }), share: fc.constantFrom(1, 1, 0.4) }), { minLength: 1, maxLength: 8, size: 'max' });
  const number = fc.nat({ max: 7 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('submit' as const), number, fate: fc.constantFrom<Fate[]>('answered', ...fates) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fetch' as const), number }) },
    fc.record({ kind: fc.constant('doubt' as const), number }),
    fc.record({ kind: fc.constant('restart' as const), more: fc.double({ min: 0, max: 2, noNaN: true }) }),
  );
  let refusals = 0;
  fc.assert(
    fc.property(shards, fc.double({ min: 0.1, max: 8, noNaN: true }), fc.array(step, { maxLength: 60, size: 'max' }), (sizes, usd, steps) => {
      const world = new World(usd, sizes);
      for (const one of steps) {
        if (one.kind === 'submit') world.submit(one.number % sizes.length, one.fate);
        if (one.kind === 'fetch') world.fetch(one.number % sizes.length);
        if (one.kind === 'doubt') world.settleDoubt(one.number % sizes.length);
        if (one.kind === 'restart') world.restart(world.budget.usd + one.more);
        expect(world.charged).toBeLessThanOrEqual(world.budget.usd + 1e-6);
        expect(world.budget.committedUsd).toBeLessThanOrEqual(world.budget.usd + 1e-6);
      }
      refusals += world.refused;
    }),
    { numRuns: 2000, seed: 5 },
  );
  expect(refusals).toBeGreaterThan(1000);
});
