import { existsSync } from 'node:fs';
import { messageOf, MillraceError } from '../errors.ts';
import type { RunCost } from '../report/report.ts';
import type { RunStatus } from '../report/snapshot.ts';
import { nameOf, readRegistry } from './registry.ts';
import { runDirectories } from './run-directories.ts';
import { standingOf, type RunState, type Waiting } from './run-state.ts';

/** Why a directory could not be read. */
export interface RunProblem {
  /** One of the error codes, where it is an error of ours. */
  readonly code?: string;
  readonly message: string;
}

/** A run, as a list of them shows it. */
export interface RunSummary {
  /** Its folder under the root; of a run elsewhere its path. */
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly state: RunState;
  readonly waiting?: Waiting;
  /** As its ledger has it; left out where that cannot be read. */
  readonly status?: RunStatus;
  /** What it cost, as far as that was found out: by a join, or by `inspectRun`. */
  readonly cost?: RunCost;
  /** Set where the directory is `foreign`, `broken` or `vanished`. */
  readonly problem?: RunProblem;
}

/** Which runs are wanted. */
export interface RunFilter {
  readonly state?: string;
  readonly label?: string;
  readonly provider?: string;
}

/**
 * The runs under a root, newest first: its folders, and those that were added to it. Needs no key and calls nobody. Directories that cannot
 * be read are listed as such, at the end. A root that is not there holds none.
 *
 * @param root folder of runs
 *
 * @example
 * for (const { name, state, waiting } of await listRuns('runs')) console.log(name, state, waiting?.for);
 */
export async function listRuns(root: string, filter: RunFilter = {}): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for (const directory of await runDirectories(root, await readRegistry(root))) runs.push(await summaryOf(root, directory));
  return runs.filter((run) => fits(run, filter)).toSorted((a, b) => (b.status?.createdAt ?? 0) - (a.status?.createdAt ?? 0) || (a.name < b.name ? -1 : 1));
}

async function summaryOf(root: string, directory: string): Promise<RunSummary> {
  const known = { name: nameOf(root, directory, process.cwd()), directory };
  if (!existsSync(directory)) return { ...known, state: 'vanished', problem: { message: 'The directory is gone.' } };
  const { readingRun, statusOf } = await import('../run/status.ts');
  try {
    const { status, cost } = await readingRun(directory, async (session) => ({ status: await statusOf(session), cost: (await session.ledger.noted('digest'))?.digest.report.cost }));
    return { ...known, ...standingOf(status), status, ...(cost ? { cost } : {}) };
  } catch (error) {
    const isForeign = error instanceof MillraceError && error.code === 'no_such_run';
    return { ...known, state: isForeign ? 'foreign' : 'broken', problem: { ...(error instanceof MillraceError ? { code: error.code } : {}), message: isForeign ? 'There is no run in it.' : `Its ledger cannot be read: ${messageOf(error)}` } };
  }
}

function fits({ state, status }: RunSummary, filter: RunFilter): boolean {
  const isState = filter.state === undefined || state === filter.state;
  const isLabel = filter.label === undefined || status?.label === filter.label;
  return isState && isLabel && (filter.provider === undefined || status?.provider === filter.provider);
}
