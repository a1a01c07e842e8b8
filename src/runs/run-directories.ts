import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import type { Registry } from './registry.ts';

/**
 * The directories that may hold the runs of a root: its folders by name, hidden ones aside, and those that were added to it, but none that
 * was forgotten. A root that is not there has only what was added. Absolute.
 */
export async function runDirectories(root: string, { added, forgotten }: Registry): Promise<string[]> {
  const left = new Set(forgotten);
  return [...new Set([...(await foldersIn(root)), ...added])].filter((directory) => !left.has(directory));
}

/** Hidden folders are nobody's runs. */
async function foldersIn(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    const folders = entries.filter(({ name }) => !name.startsWith('.')).filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
    return folders.map(({ name }) => join(resolve(root), name)).toSorted();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
