import { join } from 'node:path';
import type { ShardLimits } from './limits.ts';
import { ShardPolicy, type RequestSize } from './policy.ts';
import { ShardFile, type ShardSink } from './shard-file.ts';
import type { WriteQueue } from './write-queue.ts';

/** Request lines, in source order, that fit in one provider batch: a file. */
export interface Shard {
  /** 1-based, in the order shards were opened. */
  readonly number: number;
  readonly path: string;
  readonly endpoint: string;
  /** The model of all its requests, where the provider wants one model a batch. */
  readonly model?: string;
  readonly requestCount: number;
  readonly bytes: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  /** Record index of its first and last request. */
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/** A shard that takes requests. */
export interface FillingShard {
  readonly number: number;
  readonly file: ShardSink;
  readonly policy: ShardPolicy;
  readonly endpoint: string;
  readonly model: string | undefined;
  readonly firstIndex: number;
  lastIndex: number;
}

/** At most this many shards are open at a time; the one that waited longest for a request is closed for a new one. */
export const maxOpenShards = 16;

/** Where shards go, and how they are cut. */
export interface FillingShardsOptions {
  /** Existing directory for the shard files. */
  readonly directory: string;
  readonly limits: ShardLimits;
  /** Called with each shard when its file is whole. */
  readonly onShard: (shard: Shard) => void;
  /**
   * Makes full shards differ in their number of requests, by up to a twentieth, so that a batch can be told by its count.
   * @default false
   */
  readonly distinctCounts?: boolean;
  /** Where the bytes of a shard go, where they are not to be written to its file. @default a `ShardFile` */
  readonly createFile?: (path: string) => ShardSink;
  /** Number of the first shard. @default 1 */
  readonly firstNumber?: number;
  /** Gives each shard its number, where several sharders share the numbers. @default one after the other, from `firstNumber` on */
  readonly nextNumber?: () => number;
  /** Where shard files are written while requests are added; then a shard is whole once the queue is idle. @default each block is written at once */
  readonly queue?: WriteQueue;
}

/** What decides which shard a request belongs to. */
export interface RequestKind {
  readonly endpoint: string;
  /** Record index. */
  readonly index: number;
  /** As the body has it: anything. */
  readonly model: unknown;
}

/** The shards that requests go to now: one for each endpoint and model, opened when it is first asked for and closed when it is full. */
export class FillingShards {
  readonly #options: FillingShardsOptions;
  /** In order of last use: a `Map` keeps insertion order, and each use inserts anew. */
  readonly #open = new Map<string, FillingShard>();
  /** The shard that was used last, with what it is for: most requests go where the one before went. */
  #last: { readonly endpoint: string; readonly model: string | undefined; readonly shard: FillingShard } | undefined;
  #nextNumber: number;

  constructor(options: FillingShardsOptions) {
    this.#options = options;
    this.#nextNumber = options.firstNumber ?? 1;
  }

  /** The shard for a request, which must be one that fits in an empty shard. */
  shardFor(request: RequestKind, size: RequestSize): FillingShard {
    const model = this.#options.limits.oneModel && typeof request.model === 'string' ? request.model : undefined;
    const last = this.#last;
    if (last?.endpoint === request.endpoint && last.model === model && last.shard.policy.fits(size)) return last.shard;
    const key = JSON.stringify([request.endpoint, model]);
    const shard = this.#shardOf(key, size) ?? this.#start(key, request.endpoint, model, request.index);
    this.#last = { endpoint: request.endpoint, model, shard };
    return shard;
  }

  /** Closes all open shards. */
  end(): void {
    for (const key of this.#open.keys()) this.#close(key);
  }

  /** Removes the files of all open shards. */
  abort(): void {
    for (const { file } of this.#open.values()) file.discard();
    this.#open.clear();
    this.#last = undefined;
  }

  /** The open shard of a key, if there is room in it; else makes room for a new one. */
  #shardOf(key: string, size: RequestSize): FillingShard | undefined {
    const current = this.#open.get(key);
    if (current?.policy.fits(size)) {
      this.#open.delete(key);
      this.#open.set(key, current);
      return current;
    }
    if (current) this.#close(key);
    else if (this.#open.size === maxOpenShards) this.#closeOldest();
    return undefined;
  }

  #start(key: string, endpoint: string, model: string | undefined, index: number): FillingShard {
    const { directory, limits, queue, createFile = (path) => new ShardFile(path, { queue }) } = this.#options;
    const number = this.#options.nextNumber?.() ?? this.#nextNumber++;
    const file = createFile(join(directory, shardName(number, limits.extension)));
    file.write(limits.envelope.prefix);
    const shard = { number, file, policy: new ShardPolicy(this.#limitsOf(number)), endpoint, model, firstIndex: index, lastIndex: index };
    this.#open.set(key, shard);
    return shard;
  }

  #limitsOf(number: number): ShardLimits {
    const { limits, distinctCounts = false } = this.#options;
    if (!distinctCounts) return limits;
    const spread = Math.max(1, Math.min(1000, Math.floor(limits.maxRequests / 20)));
    return { ...limits, maxRequests: limits.maxRequests - ((number - 1) % spread) };
  }

  #closeOldest(): void {
    const oldest = this.#open.keys().next();
    if (!oldest.done) this.#close(oldest.value);
  }

  #close(key: string): void {
    const shard = this.#open.get(key);
    if (!shard) return;
    this.#open.delete(key);
    if (this.#last?.shard === shard) this.#last = undefined;
    shard.file.write(this.#options.limits.envelope.suffix);
    const { number, endpoint, model, firstIndex, lastIndex, file, policy } = shard;
    const sha256 = file.finish();
    this.#options.onShard({
      number,
      path: file.path,
      endpoint,
      ...(model === undefined ? {} : { model }),
      requestCount: policy.requests,
      bytes: file.bytes,
      sha256,
      firstIndex,
      lastIndex,
    });
  }
}

/** File name of a shard: numbers sort as text. */
function shardName(number: number, extension: string): string {
  return `shard-${String(number).padStart(6, '0')}${extension}`;
}
