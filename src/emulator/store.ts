import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stored, StoredBatch, StoredFile, StoredMessageBatch } from './stored.ts';

/** Objects of one kind: a JSON file each, replaced by one atomic rename, and all of them in memory. */
export class Collection<Kept extends Stored> {
  readonly #directory: string;
  readonly #kept = new Map<string, Kept>();
  readonly #writes = new Map<string, Promise<void>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Reads what an earlier emulator left. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#directory)) {
      if (!name.endsWith('.json')) continue;
      // Only this class writes these files, each by one rename: what is there is whole.
      const kept = JSON.parse(await readFile(join(this.#directory, name), 'utf8')) as Kept;
      this.#kept.set(kept.id, kept);
    }
  }

  /** One object; only if it belongs to `account`, where that is given. */
  get(id: string, account?: string): Kept | undefined {
    const kept = this.#kept.get(id);
    return account === undefined || kept?.account === account ? kept : undefined;
  }

  /** All objects of an account, or of all of them. */
  newestFirst(account?: string): Kept[] {
    const own = [...this.#kept.values()].filter((kept) => account === undefined || kept.account === account);
    return own.sort((one, other) => other.createdAt - one.createdAt || other.sequence - one.sequence);
  }

  /** Resolves when it is on disk. Writes of one object keep their order. */
  save(kept: Kept): Promise<void> {
    this.#kept.set(kept.id, kept);
    return this.#queue(kept.id, () => this.#write(kept));
  }

  /** Where the bytes that belong to an object lie, e.g. `dataPath(id, 'data')`. */
  dataPath(id: string, extension: string): string {
    return join(this.#directory, `${id}.${extension}`);
  }

  /** Forgets an object and the bytes beside it. */
  async remove(id: string, extensions: readonly string[]): Promise<void> {
    this.#kept.delete(id);
    await this.#queue(id, async () => {
      for (const extension of ['json', ...extensions]) await rm(this.dataPath(id, extension), { force: true });
    });
  }

  /** Resolves when every write so far is on disk. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#writes.values());
  }

  #queue(id: string, write: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(id) ?? Promise.resolve();
    const written = before.then(write, write).finally(() => {
      if (this.#writes.get(id) === written) this.#writes.delete(id);
    });
    this.#writes.set(id, written);
    return written;
  }

  async #write(kept: Kept): Promise<void> {
    const path = this.dataPath(kept.id, 'json');
    await writeFile(`${path}.part`, JSON.stringify(kept), { mode: 0o600 });
    await rename(`${path}.part`, path);
  }
}

/** The state of an emulator on disk: survives being killed at any moment. */
export class Store {
  readonly directory: string;
  readonly files: Collection<StoredFile>;
  readonly batches: Collection<StoredBatch>;
  readonly messageBatches: Collection<StoredMessageBatch>;
  readonly #scratch: string;
  #sequence = 0;
  #scratchFiles = 0;

  constructor(directory: string) {
    this.directory = directory;
    this.files = new Collection(join(directory, 'files'));
    this.batches = new Collection(join(directory, 'batches'));
    this.messageBatches = new Collection(join(directory, 'message-batches'));
    this.#scratch = join(directory, 'scratch');
  }

  /** Reads what is there; half-written work of an emulator that was killed is thrown away. */
  async open(): Promise<void> {
    await rm(this.#scratch, { recursive: true, force: true });
    await mkdir(this.#scratch, { recursive: true, mode: 0o700 });
    await Promise.all([this.files.open(), this.batches.open(), this.messageBatches.open()]);
    const all: Stored[] = [...this.files.newestFirst(), ...this.batches.newestFirst(), ...this.messageBatches.newestFirst()];
    this.#sequence = all.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  }

  /** The number of the latest object. */
  get lastSequence(): number {
    return this.#sequence;
  }

  /** The number of the next object. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** A fresh path for a file on its way; gone after a restart. */
  scratchPath(): string {
    this.#scratchFiles += 1;
    return join(this.#scratch, String(this.#scratchFiles));
  }

  /** Resolves when everything said so far is on disk. */
  async flush(): Promise<void> {
    await Promise.all([this.files.flush(), this.batches.flush(), this.messageBatches.flush()]);
  }
}
