import { MillraceError, messageOf, StateError } from '../errors.ts';
import { sumOf } from '../numbers.ts';
import { openRun, readStatus } from '../run.ts';
import type { RunHandle } from '../run/run-handle.ts';
import type { DashboardOptions } from './options.ts';

export const actions = ['resume', 'retry', 'cancel'] as const;
/** What the page can do with a run. */
export type Action = (typeof actions)[number];

/** What is done with a run, or was done last. */
export interface Activity {
  readonly action: Action;
  readonly state: 'running' | 'done' | 'failed';
  /** How it ended, in words. */
  readonly message?: string;
  /** Stable code of the error that ended it. */
  readonly code?: string;
}

interface Current {
  readonly action: Action;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Does to runs what the page asks for, one thing at a time for each. */
export class Activities {
  readonly #connect: DashboardOptions['connect'];
  readonly #onChange: () => void;
  readonly #current = new Map<string, Current>();
  readonly #last = new Map<string, Activity>();

  /** @param onChange told whenever an activity begins or ends */
  constructor(connect: DashboardOptions['connect'], onChange: () => void) {
    this.#connect = connect;
    this.#onChange = onChange;
  }

  /** What is or was done with the run in a directory. */
  of(directory: string): Activity | undefined {
    return this.#last.get(directory);
  }

  /**
   * Begins an action. Cancel stops what this dashboard is doing with the run first; else one that is busy is left alone.
   *
   * @returns false where the run is busy
   */
  start(directory: string, action: Action): boolean {
    const before = this.#current.get(directory);
    if (before && (action !== 'cancel' || before.action === 'cancel')) return false;
    before?.abort.abort(new StateError('interrupted', 'Stopped, to cancel the batches.'));
    const abort = new AbortController();
    const ended = Promise.resolve(before?.ended).then(() => this.#perform(directory, action, abort));
    this.#current.set(directory, { action, abort, ended });
    this.#note(directory, { action, state: 'running' });
    return true;
  }

  /** Stops everything cleanly: runs can be resumed. */
  async close(): Promise<void> {
    const current = [...this.#current.values()];
    for (const { abort } of current) abort.abort(new StateError('interrupted', 'The dashboard was closed.'));
    await Promise.all(current.map(({ ended }) => ended));
  }

  async #perform(directory: string, action: Action, abort: AbortController): Promise<void> {
    const outcome = await this.#attempt(directory, action, abort.signal).then(
      (message): Activity => ({ action, state: 'done', message }),
      (error: unknown): Activity => ({ action, state: 'failed', message: messageOf(error), ...(error instanceof MillraceError ? { code: error.code } : {}) }),
    );
    if (this.#current.get(directory)?.abort !== abort) return;
    this.#current.delete(directory);
    this.#note(directory, outcome);
  }

  async #attempt(directory: string, action: Action, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const { provider, options = {}, close } = await this.#connect(await readStatus(directory), 'act');
    try {
      provider.assertReady?.();
      return await steps[action](await openRun(directory, { ...options, provider, signal }));
    } finally {
      await close?.();
    }
  }

  #note(directory: string, activity: Activity): void {
    this.#last.set(directory, activity);
    this.#onChange();
  }
}

const steps: Readonly<Record<Action, (job: RunHandle) => Promise<string>>> = {
  async resume(job) {
    await job.submit();
    await job.wait();
    await job.fetch();
    return 'All results are here.';
  },
  async retry(job) {
    const before = sumOf((await job.status()).shards);
    const after = sumOf((await job.retry()).shards);
    return after === before ? 'No record deserves another attempt.' : 'The records that deserve another attempt were sent again. Resume waits for them.';
  },
  async cancel(job) {
    await job.cancel();
    return 'The provider was asked to cancel the batches. Resume fetches what they finished.';
  },
};
