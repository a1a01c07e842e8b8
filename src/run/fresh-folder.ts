import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** An empty folder of a run: what a build that was cut off left there is removed. */
export async function freshFolder(directory: string, name: string): Promise<string> {
  const folder = join(directory, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
