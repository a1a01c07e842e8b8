import pLimit from 'p-limit';
import { InputError, messageOf, StateError, systemCodeOf } from '../errors.ts';
import { Admission, type AdmissionOptions, type QueueOptions } from '../batches/admit.ts';
import { systemClock, type Clock } from '../batches/clock.ts';
import type { Work, WorkEvent } from '../batches/work.ts';
import type { Ledger, RunEntry } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';
import type { Storage } from '../storage/storage.ts';
import { rulesOf } from './answers.ts';
import { assertSameJob } from './identity.ts';
import type { DriveOptions } from './options.ts';
import { tailOf } from './tail.ts';
import { isAdopted } from './wire-ids.ts';

/** A run directory while it is being worked on. */
export interface Session {
  readonly directory: string;
  readonly ledger: Ledger;
  readonly storage: Storage;
  readonly clock: Clock;
}

/**
 * Opens a run directory, does some work in it and closes it again. With `write`, it is locked meanwhile, so that two
 * processes never send the same shard.
 */
export async function inSession<Result>(directory: string, access: 'read' | 'write', clock: Clock | undefined, work: (session: Session) => Promise<Result>): Promise<Result> {
  const [{ openSqliteLedger }, { lockRun }, { localStorage }] = await Promise.all([import('../ledger/sqlite.ts'), import('../ledger/lock.ts'), import('../storage/local.ts')]);
  const release = access === 'write' ? await lockRun(directory) : () => undefined;
  try {
    const ledger = await openSqliteLedger(directory);
    try {
      return await work({ directory, ledger, storage: localStorage(directory), clock: clock ?? systemClock });
    } finally {
      await ledger.close();
    }
  } catch (error) {
    throw isDiskFull(error) ? new StateError('disk_full', `The disk is full: ${messageOf(error)}. The run stopped cleanly and lost nothing; make room, then run again.`, { cause: error }) : error;
  } finally {
    release();
  }
}

/** What the file system says, or SQLite. */
function isDiskFull(error: unknown): boolean {
  const code = systemCodeOf(error) ?? '';
  return ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(code) || /database or disk is full/.test(messageOf(error));
}

/** The run of a session, which must have been built, and by the same account. */
export async function builtRun({ directory, ledger }: Session, { provider }: DriveOptions): Promise<RunEntry> {
  const entry = await ledger.run();
  if (!entry) throw new StateError('no_such_run', `${directory} holds no run.`);
  if (entry.state !== 'built') throw new StateError('no_such_run', `The run in ${directory} was cut off while it was built; nothing was sent. Run it again.`);
  assertSameJob(directory, entry, { provider: provider.name, account: provider.account });
  return entry;
}

/** What the steps on shards need. */
export async function workOf(session: Session, entry: RunEntry, options: DriveOptions, onEvent: (event: WorkEvent) => void): Promise<Work> {
  const { id, tag } = entry;
  const { provider, pollIntervalMs = 60_000, absenceMs = 30_000, graceMs = 60_000, queue = {}, breaksCircuit = true, concurrency = 4, completionWindow, hints, signal } = options;
  // A wrong one is told now, not when the first round is through.
  tailOf(options.finishSync);
  const shards = await session.ledger.shards();
  return {
    provider,
    ledger: session.ledger,
    storage: session.storage,
    clock: session.clock,
    runId: id,
    ...(isAdopted(entry) ? {} : { tag }),
    pollIntervalMs: positive('pollIntervalMs', pollIntervalMs),
    absenceMs,
    graceMs,
    creating: new Map(),
    sendLimit: pLimit(positive('concurrency', concurrency)),
    oneAtATime: pLimit(1),
    admission: new Admission({
      queue,
      documented: documentedFor(provider, queue),
      inFlight: shards.filter(({ state }) => state === 'submitted'),
      createdAt: (await session.ledger.batches()).map(({ createdAt }) => createdAt),
    }),
    breaksCircuit,
    isCanary: false,
    rules: rulesOf(options, entry),
    ...(completionWindow === undefined ? {} : { completionWindow }),
    ...(hints ? { hints } : {}),
    ...(signal ? { signal } : {}),
    onEvent,
  };
}

/** What may wait at a provider, by model. @throws InputError `invalid_option` for a tier that it does not have */
function documentedFor(provider: Provider, { tier }: QueueOptions): AdmissionOptions['documented'] {
  const usage = tier === undefined ? {} : { tier };
  if (tier !== undefined && !provider.queueLimits?.(usage)) throw new InputError('invalid_option', `The usage tier (--tier) ${JSON.stringify(tier)} is not one of ${provider.name}: 1 to 5 at OpenAI, start, build or scale at Anthropic.`);
  return (model) => provider.queueLimits?.({ ...usage, ...(model === undefined ? {} : { model }) }) ?? {};
}

/** An option that must be a number above 0. */
export function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new InputError('invalid_option', `${name} must be a number above 0, not ${String(value)}.`);
}
