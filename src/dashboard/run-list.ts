import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { nameOf, readRegistry } from '../runs/registry.ts';
import { runDirectories } from '../runs/run-directories.ts';

/** A run directory under a root. */
export interface FoundRun {
  /** Name of its folder; of a run elsewhere its path. */
  readonly name: string;
  readonly directory: string;
  /** Changes whenever its ledger does. */
  readonly stamp: string;
}

/** The run directories under a root and those that were added to it, or the root itself where it is one, by name. A root that is not there yet has none. */
export async function findRuns(root: string): Promise<FoundRun[]> {
  const own = await stampOf(root);
  if (own !== undefined) return [{ name: basename(resolve(root)), directory: root, stamp: own }];
  // A registry that is damaged is told of by `millrace runs`: here it has added and forgotten nothing.
  const registry = await readRegistry(root).catch(() => ({ added: [], forgotten: [] }));
  const found: FoundRun[] = [];
  for (const directory of await runDirectories(root, registry)) {
    const stamp = await stampOf(directory);
    if (stamp !== undefined) found.push({ name: nameOf(root, directory, process.cwd()), directory, stamp });
  }
  return found;
}

/** When a ledger was written last, its write-ahead log included; `undefined` where there is none. */
async function stampOf(directory: string): Promise<string | undefined> {
  const [ledger, log] = await Promise.all(['ledger.sqlite', 'ledger.sqlite-wal'].map((name) => stat(join(directory, name)).catch(() => undefined)));
  if (!ledger?.isFile()) return undefined;
  return [ledger, ...(log && log.size > 0 ? [log] : [])].map(({ mtimeMs, size }) => `${mtimeMs}:${size}`).join(' ');
}
