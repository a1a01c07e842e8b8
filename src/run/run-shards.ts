import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltRun, RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { BatchRequest } from '../requests/request.ts';
import { CopyListWriter } from '../shards/copy-list.ts';
import { type RequestSink, Sharder } from '../shards/sharder.ts';
import { RepeatedRequests, ThriftySharder } from '../shards/thrifty-sharder.ts';
import type { WriteQueue } from '../shards/write-queue.ts';
import { rulesOf } from './answers.ts';
import { earlierRuns } from './earlier-runs.ts';
import { freshFolder } from './fresh-folder.ts';
import { tighten } from './limits.ts';
import type { BuildOptions, DriveOptions } from './options.ts';
import type { Progress } from './progress.ts';
import { requestKeysOf, ReuseIndex } from './reuse-index.ts';
import { reusedFolder, ReusedShards } from './reused-shards.ts';
import type { Session } from './session.ts';

type Options = Pick<BuildOptions<never, unknown>, 'reuse' | 'dedupe' | 'onWarning'> & DriveOptions;

const copiesFile = 'shards/copies.bin';

/**
 * The shards of a run while it is built: those that are to be sent, those whose results earlier runs have, and the list of records that are
 * copies of others.
 */
export class RunShards {
  /** Where requests go. */
  readonly sink: RequestSink;
  readonly #sent: ShardEntry[] = [];
  readonly #sharder: Sharder;
  readonly #reused: ReusedShards | undefined;
  readonly #index: ReuseIndex | undefined;
  readonly #repeated: RepeatedRequests | undefined;
  #copies: { readonly list: CopyListWriter; readonly shard: number } | undefined;
  #lastNumber = 0;

  private constructor(session: Session, options: Options, folder: string, queue: WriteQueue, earlier: { readonly index: ReuseIndex; readonly folder: string } | undefined) {
    const { provider, limits: own, dedupe = false } = options;
    const limits = tighten(provider.limits, own);
    const nextNumber = (): number => (this.#lastNumber += 1);
    const formatRequest = (request: BatchRequest): string => provider.formatRequest(request);
    this.#sharder = new Sharder({
      directory: folder,
      limits,
      distinctCounts: provider.tagsCustomIds,
      queue,
      nextNumber,
      formatRequest,
      onShard: ({ path, ...shard }) => this.#sent.push({ ...shard, round: 1, file: `shards/${path.slice(path.lastIndexOf('/') + 1)}`, via: 'batch', state: 'built' }),
    });
    const keys = requestKeysOf(provider);
    this.#index = earlier?.index;
    if (earlier !== undefined) this.#reused = new ReusedShards({ directory: earlier.folder, index: earlier.index, keys, limits, queue, nextNumber });
    const beginCopies = () => (this.#copies = { list: new CopyListWriter(join(session.directory, copiesFile), { queue }), shard: nextNumber() });
    if (dedupe) this.#repeated = new RepeatedRequests(beginCopies, { directory: session.directory });
    const isThrifty = dedupe || earlier !== undefined;
    this.sink = isThrifty ? new ThriftySharder({ fresh: this.#sharder, keys, formatRequest, ...(this.#reused && { known: this.#reused }), ...(this.#repeated && { repeated: this.#repeated }) }) : this.#sharder;
  }

  /** @throws StateError `no_such_run`, InputError `invalid_option` for what cannot be reused */
  static async open(session: Session, entry: RunEntry, options: Options, queue: WriteQueue, progress: Progress): Promise<RunShards> {
    const { directory } = session;
    const folder = await freshFolder(directory, 'shards');
    await rm(join(directory, reusedFolder), { recursive: true, force: true });
    if (options.reuse === undefined) return new RunShards(session, options, folder, queue, undefined);
    const runs = await earlierRuns([options.reuse].flat(), directory);
    progress.update({ news: `looking for results in ${runs.length} earlier run${runs.length === 1 ? '' : 's'}` });
    const index = await ReuseIndex.open(runs, { provider: options.provider, rules: rulesOf(options, entry), directory, ...(options.onWarning ? { onWarning: options.onWarning } : {}), ...(options.signal ? { signal: options.signal } : {}) });
    return new RunShards(session, options, folder, queue, { index, folder: await freshFolder(directory, reusedFolder) });
  }

  /** Closes all files: they are whole when the queue is idle. */
  end(): Pick<BuiltRun, 'shards' | 'results'> {
    this.#sharder.end();
    this.#reused?.end();
    const shards = [...this.#sent, ...(this.#reused?.shards ?? []), ...this.#endCopies()];
    return { shards: shards.toSorted((a, b) => a.number - b.number), results: this.#reused?.results ?? [] };
  }

  abort(): void {
    this.#sharder.abort();
    this.#reused?.abort();
    this.#copies?.list.discard();
  }

  /** Frees memory and temporary files. */
  close(): void {
    this.#index?.close();
    this.#repeated?.close();
  }

  #endCopies(): ShardEntry[] {
    if (this.#copies === undefined) return [];
    const { list, shard: number } = this.#copies;
    this.#copies = undefined;
    const { count: requestCount, firstIndex, lastIndex } = list;
    const sha256 = list.finish();
    return [{ number, round: 0, file: copiesFile, endpoint: '', requestCount, bytes: list.bytes, sha256, firstIndex, lastIndex, via: 'copy', state: 'fetched' }];
  }
}
