import { messageOf } from '../errors.ts';
import { readStatus } from '../run.ts';
import type { RunStatus } from '../report/snapshot.ts';
import type { Activities } from './activities.ts';
import { findRuns, type FoundRun } from './run-list.ts';
import { actionsFor, waitsFor, type RunSummary } from './summary.ts';

/** The runs under a root, read anew only where they changed. */
export class RunWatch {
  readonly #root: string;
  readonly #activities: Activities;
  readonly #known = new Map<string, { readonly stamp: string; readonly status: RunStatus | string }>();

  constructor(root: string, activities: Activities) {
    this.#root = root;
    this.#activities = activities;
  }

  /** The run of an id; `undefined` if there is none. Only what is found under the root has one. */
  async find(id: string): Promise<FoundRun | undefined> {
    return (await findRuns(this.#root)).find(({ name }) => encodeURIComponent(name) === id);
  }

  /** All runs as they are now. */
  async list(): Promise<RunSummary[]> {
    const found = await findRuns(this.#root);
    const names = new Set(found.map(({ directory }) => directory));
    for (const directory of this.#known.keys()) if (!names.has(directory)) this.#known.delete(directory);
    const summaries: RunSummary[] = [];
    for (const run of found) summaries.push(this.#summaryOf(run, await this.#statusOf(run)));
    return summaries;
  }

  /** Where a run stands, or what is wrong with its directory. */
  async #statusOf({ directory, stamp }: FoundRun): Promise<RunStatus | string> {
    const known = this.#known.get(directory);
    if (known?.stamp === stamp) return known.status;
    const status = await readStatus(directory).catch(messageOf);
    this.#known.set(directory, { stamp, status });
    return status;
  }

  #summaryOf({ name, directory, stamp }: FoundRun, status: RunStatus | string): RunSummary {
    const activity = this.#activities.of(directory);
    const common = { id: encodeURIComponent(name), name, stamp, ...(activity ? { activity } : {}) };
    if (typeof status === 'string') return { ...common, problem: status, waitsFor: '', actions: [] };
    const { provider, account, state, records, shards, requests, deadlines } = status;
    return { ...common, status: { provider, account, state, records, shards, requests, deadlines }, waitsFor: waitsFor(status), actions: actionsFor(status, activity?.state === 'running') };
  }
}
