import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, StateError } from '../errors.ts';

/**
 * The run directories that a list of paths names: each is one, or a folder of them, taken in order of name. A folder may hold the run
 * that is being built: it is left out.
 *
 * @param own directory of the run that is being built, if there is one
 * @throws StateError `no_such_run` for a path that holds no run; InputError `invalid_option` where a path is that of the run itself
 */
export async function earlierRuns(paths: readonly string[], own?: string): Promise<string[]> {
  const { hasLedger } = await import('../ledger/sqlite.ts');
  const found: string[] = [];
  for (const path of paths) {
    if (own !== undefined && resolve(path) === resolve(own)) throw new InputError('invalid_option', `A run cannot reuse itself: ${path} (--reuse) is the directory of this run. Run again without --reuse to go on with it, or choose another --dir.`);
    found.push(...(hasLedger(path) ? [path] : await runsIn(path, hasLedger)));
  }
  return [...new Set(found.map((path) => resolve(path)))].filter((path) => own === undefined || path !== resolve(own));
}

async function runsIn(folder: string, hasLedger: (directory: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const runs = entries.map(({ name }) => join(folder, name)).filter(hasLedger);
  if (runs.length === 0) throw new StateError('no_such_run', `${folder} (--reuse) holds no run, and no folder in it does.`);
  return runs.toSorted();
}
