import { Budget, standingOf, type BudgetGate, type Commitment } from '../batches/budget.ts';
import type { Goal } from '../batches/drive.ts';
import { StateError } from '../errors.ts';
import type { Ledger, ShardEntry } from '../ledger/ledger.ts';
import type { RunCosts } from './costs.ts';
import { positive } from './session.ts';

/**
 * Opens the budget of a run. Nothing of it is kept but the ledger: what each shard has cost, or may yet, follows from its state, so
 * a process that comes later reckons as this one does.
 *
 * @param goal with `submitted` nobody waits for results that could leave something over: what does not fit ends the drive, once the
 * shards that do fit are sent
 * @throws InputError `unknown_cost` if something that is under way has no bound
 */
export async function openBudget(budgetUsd: number, goal: Goal, ledger: Ledger, costs: RunCosts): Promise<BudgetGate> {
  const budget = new Budget(positive('budgetUsd', budgetUsd), await commitments(ledger, costs));
  return {
    async admit(shard) {
      const most = await costs.mostOf(shard);
      const answer = budget.reserve(shard.number, most);
      const isLast = answer === 'later' && goal === 'submitted' && !(await othersUnsent(shard, budget, ledger));
      if (answer === 'never' || isLast) throw await overBudget(shard, most, answer, budget, ledger, costs);
      return answer === 'reserved';
    },
    async settle(shard) {
      budget.settle(shard.number, await spentOrMost(shard, costs));
    },
    release: ({ number }) => budget.release(number),
  };
}

/** True if a shard that may be sent is still on its way to the provider. */
async function othersUnsent({ number }: ShardEntry, budget: Budget, ledger: Ledger): Promise<boolean> {
  return (await ledger.shards()).some((other) => other.number !== number && (other.state === 'built' || other.state === 'uploaded') && budget.isReserved(other.number));
}

async function commitments(ledger: Ledger, costs: RunCosts): Promise<Commitment[]> {
  const found: Commitment[] = [];
  // Batches that another tool made have no file: they are not of this budget, and nothing more is sent beside them.
  for (const shard of (await ledger.shards()).filter(({ file }) => file !== '')) {
    const standing = standingOf(shard, await isCalled(shard, ledger));
    if (standing === 'spent') found.push({ shard: shard.number, standing, usd: await spentOrMost(shard, costs) });
    if (standing === 'reserved') found.push({ shard: shard.number, standing, usd: await costs.mostOf(shard) });
  }
  return found;
}

async function isCalled({ number, via }: ShardEntry, ledger: Ledger): Promise<boolean> {
  if (via === 'send') return (await ledger.sends()).some(({ shard }) => shard === number);
  return (await ledger.pendingIntent(number))?.kind === 'create';
}

/** What a shard cost; where something of it may have been paid for that no result tells of, all that it can have cost. */
async function spentOrMost(shard: ShardEntry, costs: RunCosts): Promise<number> {
  const { usd, isWhole } = await costs.spentIn(shard);
  return isWhole ? usd : Math.max(usd, await costs.mostOf(shard));
}

async function overBudget({ number, requestCount }: ShardEntry, most: number, answer: 'later' | 'never', budget: Budget, ledger: Ledger, costs: RunCosts): Promise<StateError> {
  const committed = budget.committedUsd;
  const unsent = (await ledger.shards()).filter(({ state }) => state === 'built' || state === 'uploaded');
  const rest = await Promise.allSettled(unsent.map((shard) => costs.mostOf(shard)));
  const all = rest.reduce((sum, bound) => sum + (bound.status === 'fulfilled' ? bound.value : NaN), committed);
  const enough = Number.isNaN(all) ? '' : `; ${usdUp(all)} is certainly enough for all that is left (shards: ${unsent.length})`;
  const hint = answer === 'later' ? ' Shards are under way: once their results are fetched, what they did not use is free again.' : '';
  return new StateError(
    'over_budget',
    `The budget of $${budget.usd} does not allow shard ${number}: ${usdUp(committed)} are spent or reserved, and its ${requestCount} requests may cost up to ${usdUp(most)}. It was not sent.${hint} ` +
      `To go on, run again with a budget of at least ${usdUp(committed + most)}${enough}.`,
    { shard: number },
  );
}

/** Rounded up, so that a budget of what a message names is enough. */
const usdUp = (usd: number): string => `$${(Math.ceil(usd * 10_000 - 1e-6) / 10_000).toFixed(4)}`;
