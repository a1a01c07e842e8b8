import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readStatus } from '../index.ts';

/**
 * Makes the directory of a run (0700), unless it is there.
 *
 * @returns a function that takes it away again where it was made here and no run was built in it: a command that could not even
 * begin leaves nothing behind
 */
export async function makeRunDirectory(directory: string): Promise<() => Promise<void>> {
  const topmost = await mkdir(directory, { recursive: true, mode: 0o700 });
  return async () => {
    if (topmost === undefined || (await isBuilt(directory))) return;
    await rm(directory, { recursive: true, force: true });
    // The folder of all runs may hold others by now; then it stays.
    if (topmost !== directory) await rmdir(dirname(directory)).catch(() => undefined);
  };
}

async function isBuilt(directory: string): Promise<boolean> {
  try {
    return (await readStatus(directory)).state === 'built';
  } catch {
    return false;
  }
}
