import { drive, type Goal } from '../batches/drive.ts';
import type { Work } from '../batches/work.ts';
import { ProviderError, StateError } from '../errors.ts';
import type { RunEntry, ShardEntry } from '../ledger/ledger.ts';
import { isFinished } from './answers.ts';
import { openBudget } from './budget.ts';
import { RunCosts } from './costs.ts';
import type { DriveOptions } from './options.ts';
import { Progress } from './progress.ts';
import { buildNextRound } from './rounds.ts';
import { positive, workOf, type Session } from './session.ts';

/** Round after round, until no record deserves another attempt. */
export async function driveRounds(session: Session, entry: RunEntry, options: DriveOptions, progress: Progress, costs: RunCosts): Promise<void> {
  for (let built = -1; built !== 0; ) {
    const shards = await session.ledger.shards();
    const isNews = shards.some(({ state }) => !isFinished(state));
    await driveTo('fetched', shards, session, entry, options, progress, costs);
    built = await buildNextRound(session, entry, options, { isNews });
  }
}

/** Takes one step with the shards that it is about. */
export async function driveStep(goal: Goal, session: Session, entry: RunEntry, options: DriveOptions): Promise<void> {
  const shards = shardsFor(goal, await session.ledger.shards());
  await driveTo(goal, shards, session, entry, options, new Progress(options.onProgress), await RunCosts.open(session, options));
}

/** Which shards a single step is about: waiting never sends what was not sent, and fetching does not wait. */
function shardsFor(goal: Goal, shards: readonly ShardEntry[]): ShardEntry[] {
  switch (goal) {
    case 'submitted':
      return shards.filter(({ state }) => state === 'built' || state === 'uploaded');
    case 'ended':
      return shards.filter(({ state }) => state === 'submitted');
    case 'fetched':
      return shards.filter(({ state }) => state === 'ended');
  }
}

async function driveTo(goal: Goal, shards: readonly ShardEntry[], session: Session, entry: RunEntry, options: DriveOptions, progress: Progress, costs: RunCosts): Promise<void> {
  const { concurrency = 4, maxWaitMs } = options;
  await progress.enter('sending', session.ledger);
  const budget = options.budgetUsd === undefined ? {} : { budget: await openBudget(options.budgetUsd, goal, session.ledger, costs) };
  const work = { ...(await workOf(session, entry, options, (event) => progress.note(event, session.ledger, costs))), ...budget };
  await assertVisible(shards, work);
  const canaries = canariesAmong(shards, options);
  const deadline = maxWaitMs === undefined ? {} : { deadline: session.clock.now() + positive('maxWaitMs', maxWaitMs) };
  try {
    const pace = { concurrency: positive('concurrency', concurrency), ...deadline };
    if (canaries.length > 0) await drive(canaries, 'fetched', { ...work, isCanary: true }, pace);
    await drive(shards.map(({ number }) => number), goal, work, pace);
  } finally {
    await progress.settled();
  }
}

/** The shards that go ahead of the others: those that were closed at the first `canary` records. */
function canariesAmong(shards: readonly ShardEntry[], { canary = 0 }: DriveOptions): number[] {
  let requests = 0;
  const ahead = shards.filter(({ round, requestCount }) => round === 1 && (requests += requestCount) <= canary);
  return ahead.length < shards.length ? ahead.map(({ number }) => number) : [];
}

/**
 * Before more is sent under a run that has batches already, one of them must be visible: another key of the same address may
 * belong to another account (hindsight#3699).
 */
async function assertVisible(shards: readonly ShardEntry[], { provider, ledger, signal }: Work): Promise<void> {
  // What the user cleaned up says nothing.
  const removed = new Set(await ledger.removals());
  const batchId = shards.findLast((shard) => shard.batchId !== undefined && !removed.has(shard.batchId))?.batchId;
  if (batchId === undefined || shards.every(({ state }) => state !== 'built' && state !== 'uploaded')) return;
  try {
    await provider.retrieve(batchId, signal ? { signal } : {});
  } catch (cause) {
    if (!(cause instanceof ProviderError && cause.code === 'not_found')) return;
    throw new StateError('run_mismatch', `Batch ${batchId} of this run is not visible with the API key in use: it belongs to another account, project or workspace. Nothing was sent. Use the key that the run was started with.`, { cause, batchId });
  }
}
