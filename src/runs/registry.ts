import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { systemClock } from '../batches/clock.ts';
import { InputError, StateError, systemCodeOf } from '../errors.ts';

/** Name of the registry in a root of runs. */
export const registryFile = 'runs.json';

/** What the folders under a root do not say by themselves. */
export interface Registry {
  /** Directories of runs elsewhere; absolute. */
  readonly added: readonly string[];
  /** Directories that are not to be listed; absolute. */
  readonly forgotten: readonly string[];
}

/**
 * Reads the registry of a root; a root without one has added and forgotten nothing.
 *
 * @throws StateError `run_damaged` for a file that is no registry
 */
export async function readRegistry(root: string): Promise<Registry> {
  const path = join(root, registryFile);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return '{"added":[],"forgotten":[]}';
    throw error;
  });
  try {
    // Whatever it is, the lists in it are looked at below.
    const { added, forgotten } = JSON.parse(text) as { added?: unknown; forgotten?: unknown };
    return { added: pathsIn(added), forgotten: pathsIn(forgotten) };
  } catch (cause) {
    throw new StateError('run_damaged', `${path} is no registry of runs. Correct it, or remove it: only what was added and forgotten by hand is in it.`, { file: path, cause });
  }
}

function pathsIn(value: unknown): string[] {
  if (Array.isArray(value) && value.every((path) => typeof path === 'string')) return value;
  throw new TypeError('a list of directories is missing');
}

/**
 * Lists a run with those of a root, wherever its directory is.
 *
 * @throws StateError `no_such_run` for a directory that holds none
 */
export async function addRun(root: string, directory: string): Promise<void> {
  const path = resolve(directory);
  const { assertRun } = await import('../run/status.ts');
  await assertRun(directory);
  const isUnder = dirname(path) === resolve(root);
  await changeRegistry(root, ({ added, forgotten }) => ({ added: isUnder || added.includes(path) ? added : [...added, path], forgotten: forgotten.filter((one) => one !== path) }));
}

/**
 * Lists a run no longer. Its files stay.
 *
 * @param name of the run, as listed, or its directory
 * @returns the directory
 * @throws InputError `invalid_option` where no run of this name is listed
 */
export async function forgetRun(root: string, name: string, listed: readonly { readonly name: string; readonly directory: string }[]): Promise<string> {
  const found = listed.find((run) => run.name === name) ?? listed.find(({ directory }) => resolve(directory) === resolve(name));
  if (!found) throw new InputError('invalid_option', `No run under ${root} is called ${JSON.stringify(name)}. There are: ${listed.map((run) => run.name).join(', ') || 'none'}.`);
  const path = resolve(found.directory);
  const isUnder = dirname(path) === resolve(root);
  await changeRegistry(root, ({ added, forgotten }) => ({ added: added.filter((one) => one !== path), forgotten: isUnder && !forgotten.includes(path) ? [...forgotten, path] : forgotten }));
  return path;
}

/** A change takes a moment; a lock of that age was left by a process that was killed. */
const staleMs = 10_000;
const lookMs = 20;

/** Reads, changes and writes the registry while no other process does: of two at once, both are heard. */
async function changeRegistry(root: string, change: (registry: Registry) => Registry): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const lock = join(root, `.${registryFile}.lock`);
  while (!(await isTaken(lock))) await systemClock.sleep(lookMs);
  try {
    await writeRegistry(root, change(await readRegistry(root)));
  } finally {
    await rm(lock, { force: true });
  }
}

/** Takes a lock: a file that only one process can make. */
async function isTaken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    const held = await stat(lock).catch(() => undefined);
    if (held && systemClock.now() - held.mtimeMs > staleMs) await rm(lock, { force: true });
    return false;
  }
}

/** In one step, whatever happens: another process sees the old or the new one. */
async function writeRegistry(root: string, registry: Registry): Promise<void> {
  const path = join(root, registryFile);
  const whole = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(whole, `${JSON.stringify({ version: 1, ...registry }, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(whole, path);
  } finally {
    await rm(whole, { force: true });
  }
}

/** What a run is called: its folder under the root, or where it is from here. */
export function nameOf(root: string, directory: string, here: string): string {
  if (dirname(directory) === resolve(root)) return basename(directory);
  const near = relative(here, directory);
  return near === '' || near.startsWith('..') ? directory : near;
}
