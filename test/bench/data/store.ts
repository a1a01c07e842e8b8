import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { make, recordBytes, type DataKind } from './make.ts';

/** Raised whenever a generator changes, so that no files of an earlier one are taken for its own. */
const version = 1;

/** The generated files of one folder: made when first asked for, and kept for the next time. */
export class DataStore {
  readonly #folder: string;
  readonly #say: (line: string) => void;

  constructor(folder: string, say: (line: string) => void) {
    this.#folder = folder;
    this.#say = say;
    mkdirSync(folder, { recursive: true });
  }

  /** The files of a kind, in order. Fails where the disk has no room for them and for outputs as large again. */
  files(kind: DataKind, records: number): readonly string[] {
    const folder = join(this.#folder, `v${version}-${records}-${kind}`);
    if (!existsSync(folder)) {
      this.#checkRoom(kind, records);
      this.#say(`generating ${records} records as ${kind}`);
      make(kind, folder, records);
    }
    return readdirSync(folder).sort().map((name) => join(folder, name));
  }

  /** Whether a workload that reads files of these kinds, and writes as much, has room, counting what is there already. */
  hasRoom(kinds: readonly DataKind[], records: number): boolean {
    const isThere = (kind: DataKind) => existsSync(join(this.#folder, `v${version}-${records}-${kind}`));
    const bytes = kinds.reduce((sum, kind) => sum + recordBytes[kind] * records * (isThere(kind) ? 1 : 2), 0);
    return bytes * 1.1 < this.#freeBytes();
  }

  /** Removes what was generated, and the folder if nothing else is in it. */
  clear(): void {
    for (const name of readdirSync(this.#folder)) if (/^v\d+-\d+-\w+(\.part)?$/.test(name)) rmSync(join(this.#folder, name), { recursive: true });
    if (readdirSync(this.#folder).length === 0) rmdirSync(this.#folder);
  }

  #checkRoom(kind: DataKind, records: number): void {
    if (this.hasRoom([kind], records)) return;
    const needed = Math.ceil((recordBytes[kind] * records * 2) / 1e9);
    throw new Error(`${this.#folder} has no room for ${records} records as ${kind} and an output of them: ${needed} GB. Choose another folder with --data, or fewer --records.`);
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize;
  }
}
