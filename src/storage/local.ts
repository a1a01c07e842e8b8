import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import type { Storage, StoredFile } from './storage.ts';

/** Keeps the files of a run in its directory. A staged file is `<name>.part` until it is whole. */
export function localStorage(directory: string): Storage {
  const pathOf = (name: string) => join(directory, name);
  return {
    async stage(name) {
      await mkdir(dirname(pathOf(name)), { recursive: true, mode: 0o700 });
      return `${pathOf(name)}.part`;
    },
    async commit(name) {
      const part = `${pathOf(name)}.part`;
      await sync(part);
      await rename(part, pathOf(name));
      return describe(name, pathOf(name));
    },
    open: async (name) => pathOf(name),
    async stat(name) {
      try {
        return await describe(name, pathOf(name));
      } catch (error) {
        if (systemCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
      await rm(`${pathOf(name)}.part`, { force: true });
    },
  };
}

async function describe(name: string, path: string): Promise<StoredFile> {
  return { name, bytes: (await stat(path)).size };
}

/** A rename that survives a power cut needs the bytes on the disk first. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
