import { join } from 'node:path';
import type { Rejection } from '../records/record.ts';
import type { PrintedRequest } from '../requests/request-builder.ts';
import type { BatchRequest } from '../requests/request.ts';
import type { ShardLimits } from './limits.ts';
import type { Loan } from './loan.ts';
import { embeddingInputsOf, ShardPolicy, type RequestSize } from './policy.ts';
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

interface OpenShard {
  readonly number: number;
  readonly file: ShardSink;
  readonly policy: ShardPolicy;
  readonly endpoint: string;
  readonly model: string | undefined;
  readonly firstIndex: number;
  lastIndex: number;
}

/** Request lines one behind the other, as bytes or as a byte string (one character for each byte), each with the separator before it. */
export interface LineRun {
  readonly text: string | Buffer;
  /** Where each begins, with its separator, and where the last ends. */
  readonly offsets: Int32Array;
  /** The first of them. @default 0 */
  readonly first?: number;
  readonly count: number;
  /** Of bytes that may be written later, from where they are. */
  readonly loan?: Loan;
}

/** What the requests of a run of lines have in common. */
export interface LineKind {
  readonly endpoint: string;
  readonly model: string;
  readonly embeddingInputs: number;
}

/** What a request line of its own is about. */
export interface LineRequest extends Pick<BatchRequest, 'endpoint' | 'index'> {
  readonly model?: string;
  readonly embeddingInputs: number;
}

/** How many consecutive requests went to which shard. */
export interface ShardRun {
  readonly shard: number;
  readonly count: number;
}

/** At most this many shards are open at a time; the one that waited longest for a request is closed for a new one. */
export const maxOpenShards = 16;

export interface SharderOptions {
  /** Existing directory for the shard files. */
  readonly directory: string;
  readonly limits: ShardLimits;
  /** Called with each shard when its file is whole. */
  readonly onShard: (shard: Shard) => void;
  /** @default limits.formatRequest */
  readonly formatRequest?: (request: BatchRequest) => string;
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

/** What takes requests, whatever becomes of them. */
export type RequestSink = Pick<Sharder, 'add' | 'addPrinted' | 'addLines' | 'end'>;

/** Puts requests into shard files: one open shard for each endpoint and model. The engine behind the `shard` stage and `run`. */
export class Sharder {
  readonly #options: SharderOptions;
  readonly #format: (request: BatchRequest) => string;
  /** In order of last use: a `Map` keeps insertion order, and each use inserts anew. */
  readonly #open = new Map<string, OpenShard>();
  /** The shard that was used last, with what it is for: most requests go where the one before went. */
  #last: { readonly endpoint: string; readonly model: string | undefined; readonly shard: OpenShard } | undefined;
  readonly #separatorBytes: number;
  readonly #empty: ShardPolicy;
  #nextNumber: number;

  constructor(options: SharderOptions) {
    this.#options = options;
    this.#format = options.formatRequest ?? options.limits.formatRequest;
    this.#nextNumber = options.firstNumber ?? 1;
    this.#separatorBytes = Buffer.byteLength(options.limits.envelope.separator);
    this.#empty = new ShardPolicy(options.limits);
  }

  /** Adds a request: the number of the shard it went to, or why no shard can hold it. */
  add(request: BatchRequest): number | Rejection {
    const text = this.#format(request);
    const size = { bytes: Buffer.byteLength(text), embeddingInputs: embeddingInputsOf(request.endpoint, request.body.input) };
    if (!this.fitsAlone(size)) return tooLarge(request, size, this.#options.limits);
    return this.#place(text, size, request);
  }

  /** Adds a request that was printed: the number of the shard it went to, or why no shard can hold it. */
  addPrinted(printed: PrintedRequest): number | Rejection {
    const { text, embeddingInputs, endpoint, index, model } = printed;
    const size = { bytes: Buffer.byteLength(text), embeddingInputs };
    if (!this.fitsAlone(size)) return tooLarge(printed, size, this.#options.limits);
    return this.#place(text, size, { endpoint, index, body: { model } });
  }

  /** Adds request lines of consecutive records, each of which fits in a shard alone. */
  addLines({ text, offsets, first = 0, count, loan }: LineRun, { endpoint, model, embeddingInputs }: LineKind, index: number): ShardRun[] {
    const runs: ShardRun[] = [];
    for (let from = first; from < first + count; ) {
      const next = (offsets[from + 1] ?? 0) - (offsets[from] ?? 0) - this.#separatorBytes;
      const shard = this.#shardFor({ endpoint, index: index + from - first, body: { model } }, { bytes: next, embeddingInputs });
      const start = (offsets[from] ?? 0) + (shard.policy.requests === 0 ? this.#separatorBytes : 0);
      const taken = shard.policy.addLines(offsets, from, first + count, embeddingInputs);
      const end = offsets[from + taken];
      if (typeof text === 'string') shard.file.writeByteString(text.slice(start, end));
      else shard.file.writeBytes(text.subarray(start, end), loan);
      from += taken;
      shard.lastIndex = index + from - first - 1;
      runs.push({ shard: shard.number, count: taken });
    }
    return runs;
  }

  /** False if not even an empty shard could hold a request. */
  fitsAlone(size: RequestSize): boolean {
    return this.#empty.fits(size);
  }

  /** Adds a request line as it stands in another shard of the same kind. */
  addLine(line: string, request: LineRequest): number {
    return this.#place(line, { bytes: Buffer.byteLength(line), embeddingInputs: request.embeddingInputs }, {
      endpoint: request.endpoint,
      index: request.index,
      body: { model: request.model },
    });
  }

  #place(text: string, size: RequestSize, request: Pick<BatchRequest, 'endpoint' | 'index' | 'body'>): number {
    const { separator } = this.#options.limits.envelope;
    const shard = this.#shardFor(request, size);
    if (shard.policy.requests > 0) shard.file.write(separator);
    shard.file.write(text, size.bytes);
    shard.policy.add(size);
    shard.lastIndex = request.index;
    return shard.number;
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

  #shardFor(request: Pick<BatchRequest, 'endpoint' | 'index' | 'body'>, size: RequestSize): OpenShard {
    const model = this.#options.limits.oneModel && typeof request.body.model === 'string' ? request.body.model : undefined;
    const last = this.#last;
    if (last?.endpoint === request.endpoint && last.model === model && last.shard.policy.fits(size)) return last.shard;
    const key = JSON.stringify([request.endpoint, model]);
    const shard = this.#shardOf(key, size) ?? this.#start(key, request.endpoint, model, request.index);
    this.#last = { endpoint: request.endpoint, model, shard };
    return shard;
  }

  /** The open shard of a key, if there is room in it; else makes room for a new one. */
  #shardOf(key: string, size: RequestSize): OpenShard | undefined {
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

  #start(key: string, endpoint: string, model: string | undefined, index: number): OpenShard {
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
export function shardName(number: number, extension: string): string {
  return `shard-${String(number).padStart(6, '0')}${extension}`;
}

function tooLarge(request: Pick<BatchRequest, 'index' | 'customId'> & { readonly wireId?: string | undefined; readonly line?: number | undefined }, size: RequestSize, limits: ShardLimits): Rejection {
  const why =
    size.embeddingInputs > (limits.maxEmbeddingInputs ?? Infinity)
      ? `has ${size.embeddingInputs} embedding inputs; a whole batch may have ${limits.maxEmbeddingInputs}`
      : `makes a request line of ${size.bytes} bytes; a whole batch may have ${limits.maxBytes}`;
  return {
    code: 'too_large',
    message: `Record ${request.index} (custom_id ${JSON.stringify(request.wireId ?? request.customId)}) ${why}. Shorten or split it.`,
    index: request.index,
    customId: request.customId,
    ...(request.line === undefined ? {} : { line: request.line }),
  };
}
