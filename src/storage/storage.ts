/** A file of a run, as the ledger knows it: a name relative to the run, with forward slashes. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Where shards and results of a run are kept: the run directory, or an object store that several machines share.
 * All work happens on local files; a remote storage copies them in and out.
 */
export interface Storage {
  /** Local path to write `name` at. Nobody sees it before `commit`. Kept on failure, so that a download can go on. */
  stage(name: string): Promise<string>;
  /** Makes what was staged visible under `name`, at once and whole. */
  commit(name: string): Promise<StoredFile>;
  /** Local path to read `name` from. */
  open(name: string): Promise<string>;
  /** The file, or `undefined` where there is none. */
  stat(name: string): Promise<StoredFile | undefined>;
  /** Removes `name` and what was staged for it; nothing happens where there is none. */
  remove(name: string): Promise<void>;
}
