import { readFile, writeFile } from 'node:fs/promises';
import type { ShardEntry } from '../ledger/ledger.ts';
import type { Storage } from '../storage/storage.ts';

/** What the last looks at results that do not answer every request have found, each time the same. */
export interface Suspicion {
  /** What was found, in a form that can be compared. */
  readonly found: string;
  /** How often in a row. */
  readonly looks: number;
}

const nameOf = ({ number }: Pick<ShardEntry, 'number'>) => `results/shard-${String(number).padStart(6, '0')}.suspect`;

/** The suspicion that an earlier look left; it lies in the storage, so that any process may take the next one. */
export async function readSuspicion(shard: ShardEntry, storage: Storage): Promise<Suspicion | undefined> {
  if ((await storage.stat(nameOf(shard))) === undefined) return undefined;
  // Written by `suspect` alone, and seen only when it is whole.
  return JSON.parse(await readFile(await storage.open(nameOf(shard)), 'utf8')) as Suspicion;
}

/** Notes what was found this time. */
export async function suspect(shard: ShardEntry, found: string, before: Suspicion | undefined, storage: Storage): Promise<Suspicion> {
  const suspicion = { found, looks: before?.found === found ? before.looks + 1 : 1 };
  await writeFile(await storage.stage(nameOf(shard)), JSON.stringify(suspicion), { mode: 0o600 });
  await storage.commit(nameOf(shard));
  return suspicion;
}

/** The results are accepted as they are. */
export async function clearSuspicion(shard: ShardEntry, storage: Storage): Promise<void> {
  await storage.remove(nameOf(shard));
}
