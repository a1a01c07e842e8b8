import { join } from 'node:path';
import type { ResultEntry, ShardEntry } from '../ledger/ledger.ts';
import { renameLine } from '../results/rename-line.ts';
import type { RequestKeys } from '../requests/request-key.ts';
import { ShardFile } from '../shards/shard-file.ts';
import type { Shard } from '../shards/filling-shards.ts';
import { type LineRequest, Sharder, type SharderOptions } from '../shards/sharder.ts';
import type { KnownRequests } from '../shards/thrifty-sharder.ts';
import type { WriteQueue } from '../shards/write-queue.ts';
import type { ReuseIndex } from './reuse-index.ts';

/** Folder of a run for what it took over. */
export const reusedFolder = 'reused';

export interface ReusedShardsOptions extends Pick<SharderOptions, 'limits' | 'nextNumber'> {
  /** Existing directory. */
  readonly directory: string;
  readonly index: ReuseIndex;
  readonly keys: RequestKeys;
  readonly queue: WriteQueue;
}

/**
 * Takes over the results of earlier runs: each request goes to a shard that is not sent, because its results are here already, copied
 * and under the new ids. So the run needs the earlier ones no more, and may itself be reused.
 */
export class ReusedShards implements KnownRequests {
  readonly #options: ReusedShardsOptions;
  readonly #sharder: Sharder;
  readonly #answers = new Map<number, ShardFile>();
  readonly shards: ShardEntry[] = [];
  readonly results: ResultEntry[] = [];

  constructor(options: ReusedShardsOptions) {
    const { directory, limits, queue, nextNumber } = options;
    this.#options = options;
    this.#sharder = new Sharder({ directory, limits, queue, ...(nextNumber === undefined ? {} : { nextNumber }), onShard: (shard) => this.#finish(shard) });
  }

  take(key: string, line: Buffer, request: LineRequest): number | undefined {
    const { index, keys, queue, directory } = this.#options;
    const result = index.find(key);
    if (result === undefined) return undefined;
    const number = this.#sharder.addLine(line.toString(), request);
    const answers = this.#answers.get(number) ?? new ShardFile(join(directory, answersName(number)), { isHashed: false, queue });
    this.#answers.set(number, answers);
    answers.writeBytes(renameLine(result, keys.idOf(line, request.endpoint)));
    answers.write('\n');
    return number;
  }

  /** Closes all files. */
  end(): void {
    this.#sharder.end();
  }

  /** Removes the files that are not whole. */
  abort(): void {
    this.#sharder.abort();
    for (const answers of this.#answers.values()) answers.discard();
    this.#answers.clear();
  }

  #finish({ path, ...shard }: Shard): void {
    const { number } = shard;
    const answers = this.#answers.get(number);
    if (answers === undefined) return;
    this.#answers.delete(number);
    answers.finish();
    this.shards.push({ ...shard, round: 0, file: `${reusedFolder}/${path.slice(path.lastIndexOf('/') + 1)}`, via: 'reuse', state: 'fetched' });
    this.results.push({ batchId: `reuse-${number}`, shard: number, kind: 'output', file: `${reusedFolder}/${answersName(number)}`, bytes: answers.bytes });
  }
}

function answersName(number: number): string {
  return `results-${String(number).padStart(6, '0')}.jsonl`;
}
