import { mkdir } from 'node:fs/promises';
import type { AnyValue, OnReject } from './records/record.ts';
import type { RequestBuilder } from './requests/request.ts';
import { UniqueIds } from './requests/unique-ids.ts';
import type { ReadingOptions } from './run/options.ts';
import type { ShardLimits } from './shards/limits.ts';
import { placeRequests } from './shards/place-requests.ts';
import { ShardFile } from './shards/shard-file.ts';
import type { Shard } from './shards/filling-shards.ts';
import { Sharder } from './shards/sharder.ts';
import { spoolSource } from './shards/spool-source.ts';
import { WriteQueue } from './shards/write-queue.ts';

/** Options of {@link buildFiles}. */
export interface BuildFilesOptions<T = AnyValue> extends ReadingOptions<T> {
  /** Where the request files go; made if it is not there. */
  readonly directory: string;
  /** What to ask: `chat`, `responses`, `embeddings`, `completions`, `moderations`, `messages`, or your own builder. */
  readonly request: RequestBuilder<T>;
  /** `openaiLimits`, `anthropicLimits` or your own: what one batch may hold, and how its file is written. */
  readonly limits: ShardLimits;
  /** Told what is doubtful about the requests, such as a model that is not known. */
  readonly onWarning?: (warning: string) => void;
  /** Receives each record that is rejected. */
  readonly onReject?: OnReject;
  /** Told now and then how many records were read, and how many bytes of requests written. */
  readonly onProgress?: (records: number, bytes: number) => void;
  /** False where nobody reads the `sha256` of the shards: a tenth of the time, for an empty text in its place. @default true */
  readonly hashes?: boolean;
  /** Ends the build. */
  readonly signal?: AbortSignal;
}

/** What {@link buildFiles} wrote. */
export interface BuiltFiles {
  /** Source rows, rejected ones included. */
  readonly records: number;
  /** In order. */
  readonly shards: readonly Shard[];
}

/**
 * Writes the request files of a source, for another tool to send: what `readRecords`, `toRequests` and `shard` in a pipeline write, many
 * times faster, because rows of a table need not become records. Keeps the user's ids, and makes no run.
 *
 * @throws InputError for what is wrong with options or source; with `strict`, for the first record that cannot be used
 *
 * @example
 * const { shards } = await buildFiles({
 *   source: 'reviews.csv', customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: 'Classify: {{text}}' }),
 *   directory: 'shards', limits: openaiLimits,
 * });
 */
export async function buildFiles<T = AnyValue>({ source, read = {}, customId, strict = false, threads, directory, request, limits, hashes = true, onWarning, onReject, onProgress, signal }: BuildFilesOptions<T>): Promise<BuiltFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const shards: Shard[] = [];
  const queue = new WriteQueue();
  const ids = new UniqueIds();
  const createFile = (path: string): ShardFile => new ShardFile(path, { isHashed: hashes, queue });
  const sharder = new Sharder({ directory, limits, createFile, onShard: (shard) => shards.push(shard) });
  try {
    const placing = placeRequests<T>({ body: request, limits, formatRequest: limits.formatRequest, ids, sharder, ...(customId === undefined ? {} : { customId }), ...(onWarning ? { onWarning } : {}) });
    const { records } = await spoolSource<T>(source, read, {
      ...placing,
      strict,
      ready: () => queue.room(),
      ...(threads === undefined ? {} : { threads }),
      ...(onWarning ? { onWarning } : {}),
      ...(onProgress ? { onProgress: (read: number) => onProgress(read, queue.bytes) } : {}),
      ...(onReject ? { onReject } : {}),
      ...(typeof source === 'string' ? { file: source } : {}),
      ...(signal ? { signal } : {}),
    });
    sharder.end();
    await queue.idle();
    return { records, shards: shards.toSorted((a, b) => a.number - b.number) };
  } catch (error) {
    sharder.abort();
    await queue.idle().catch(() => undefined);
    throw error;
  } finally {
    ids.close();
  }
}
