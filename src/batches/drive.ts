import pLimit from 'p-limit';
import { StateError, type MillraceError } from '../errors.ts';
import type { ShardState } from '../ledger/ledger.ts';
import { advance } from './advance.ts';
import { retryDelay } from './backoff.ts';
import { HintInbox } from './hints.ts';
import { assertReachable, noteAnswer } from './reach.ts';
import type { Work } from './work.ts';

export const goals = ['submitted', 'ended', 'fetched'] as const;
/** How far shards are driven. */
export type Goal = (typeof goals)[number];

export interface DriveOptions {
  /** Calls to the provider under way at a time. */
  readonly concurrency: number;
  /** Unix milliseconds after which no more waiting is done. */
  readonly deadline?: number;
}

/**
 * Advances shards until each has reached the goal. Failures that another try can cure only delay; any other one ends the
 * drive, after the calls under way have been answered.
 *
 * @throws StateError `wait_timeout` when the deadline passes
 */
export async function drive(shards: readonly number[], goal: Goal, work: Work, { concurrency, deadline = Infinity }: DriveOptions): Promise<void> {
  const agenda = new Agenda(shards, work.clock.now());
  const limit = pLimit(concurrency);
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const hints = new HintInbox(work.hints);
  while (failures.length === 0 && (agenda.size > 0 || running.size > 0)) {
    await follow(hints, agenda, work).catch((error: unknown) => failures.push(error));
    // A few tasks more than can run keep the limiter busy; the rest stays on the agenda.
    const number = running.size < concurrency * 2 ? agenda.takeDue(work.clock.now()) : undefined;
    if (number === undefined) {
      await pause(agenda, running, hints, work, deadline).catch((error: unknown) => failures.push(error));
      continue;
    }
    const task = limit(() => step(number, goal, agenda, work)).catch((error: unknown) => void failures.push(error));
    running.add(task);
    void task.finally(() => running.delete(task));
  }
  hints.close();
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}

/** Looks at once at the batches that may have changed. A batch that a shard has no more, because it failed and is made again, is past. */
async function follow(hints: HintInbox, agenda: Agenda, { ledger, clock }: Work): Promise<void> {
  for (const batchId of hints.take()) {
    const batch = await ledger.batch(batchId);
    const shard = batch && (await ledger.shard(batch.shard));
    if (shard?.batchId === batchId && shard.state === 'submitted') agenda.hurry(shard.number, clock.now());
  }
}

/** One step of one shard; puts it back on the agenda unless it has arrived. */
async function step(number: number, goal: Goal, agenda: Agenda, work: Work): Promise<void> {
  work.signal?.throwIfAborted();
  try {
    const { state, waitMs, isIdle } = await advance(number, work);
    if (isIdle !== true) noteAnswer(work.provider);
    agenda.clearFailures(number);
    if (!hasReached(state, goal)) agenda.put(number, work.clock.now(), waitMs, state !== 'submitted');
  } catch (error) {
    work.signal?.throwIfAborted();
    const failures = agenda.countFailure(number);
    assertReachable(error, failures, work.provider);
    const waitMs = retryDelay(error, failures, Math.random());
    if (waitMs === undefined || (goal === 'submitted' && needsResults(error))) throw error;
    // retryDelay answers for MillraceErrors only.
    work.onEvent?.({ type: 'delayed', shard: number, error: error as MillraceError, waitMs });
    agenda.put(number, work.clock.now(), waitMs, true);
  }
}

/** True if only the results of a batch can settle it: a drive that fetches none would wait for ever. */
function needsResults(error: unknown): boolean {
  return error instanceof StateError && error.code === 'create_in_doubt' && error.context.batchId !== undefined;
}

/** Waits until a call is answered, a hint comes or the next shard is due. */
async function pause(agenda: Agenda, running: ReadonlySet<Promise<void>>, hints: HintInbox, work: Work, deadline: number): Promise<void> {
  work.signal?.throwIfAborted();
  const now = work.clock.now();
  if (now >= deadline) throw new StateError('wait_timeout', 'The longest wait has passed; the batches go on at the provider, and the run can be resumed.');
  const awake = new AbortController();
  const due = Math.min(agenda.nextDue(), deadline);
  const dueMs = due - now;
  if (running.size === 0 && dueMs > 0) work.onEvent?.({ type: 'waiting', until: due });
  const sleep = Number.isFinite(dueMs)
    ? [work.clock.sleep(Math.max(0, dueMs), work.signal ? AbortSignal.any([work.signal, awake.signal]) : awake.signal)]
    : [];
  try {
    await Promise.race([...running, ...sleep, hints.arrival()]);
  } finally {
    awake.abort();
    await Promise.allSettled(sleep);
  }
  work.signal?.throwIfAborted();
}

/** Which shard is due when. */
class Agenda {
  readonly #due = new Map<number, { readonly from: number; readonly at: number; readonly isHeld: boolean }>();
  /** Shards that a hint came for while they were under way. */
  readonly #hurried = new Set<number>();
  readonly #failures = new Map<number, number>();

  constructor(shards: readonly number[], now: number) {
    for (const number of shards) this.put(number, now, 0);
  }

  get size(): number {
    return this.#due.size;
  }

  /** @param isHeld keeps the pause whatever a hint says: something failed, or is to be sent again, and must not be sooner */
  put(shard: number, now: number, waitMs: number, isHeld = false): void {
    const isHurried = this.#hurried.delete(shard) && !isHeld;
    this.#due.set(shard, { from: now, at: isHurried ? now : now + waitMs, isHeld });
  }

  /** Makes a shard due now; one that is under way is looked at once more. */
  hurry(shard: number, now: number): void {
    const due = this.#due.get(shard);
    if (!due) this.#hurried.add(shard);
    else if (!due.isHeld) this.#due.set(shard, { from: now, at: now, isHeld: false });
  }

  /** A clock that was set back makes everything due: else it would be waited for as long again. */
  takeDue(now: number): number | undefined {
    for (const [shard, { from, at }] of this.#due) {
      if (at > now && from <= now) continue;
      this.#due.delete(shard);
      return shard;
    }
    return undefined;
  }

  nextDue(): number {
    let earliest = Infinity;
    for (const { at } of this.#due.values()) earliest = Math.min(earliest, at);
    return earliest;
  }

  countFailure(shard: number): number {
    const failures = (this.#failures.get(shard) ?? 0) + 1;
    this.#failures.set(shard, failures);
    return failures;
  }

  clearFailures(shard: number): void {
    this.#failures.delete(shard);
  }
}

function hasReached(state: ShardState, goal: Goal): boolean {
  switch (goal) {
    case 'submitted':
      return state !== 'built' && state !== 'uploaded';
    case 'ended':
      return state === 'ended' || state === 'fetched' || state === 'failed';
    case 'fetched':
      return state === 'fetched' || state === 'failed';
  }
}
