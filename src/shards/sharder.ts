import type { Rejection } from '../records/record.ts';
import type { PrintedRequest } from '../requests/request-builder.ts';
import type { BatchRequest } from '../requests/request.ts';
import type { ShardLimits } from './limits.ts';
import type { Loan } from './loan.ts';
import { FillingShards, type FillingShardsOptions, type RequestKind } from './filling-shards.ts';
import { embeddingInputsOf, ShardPolicy, type RequestSize } from './policy.ts';

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

/** Where shards go, how they are cut, and how their lines are printed. */
export interface SharderOptions extends FillingShardsOptions {
  /** @default limits.formatRequest */
  readonly formatRequest?: (request: BatchRequest) => string;
}

/** What takes requests, whatever becomes of them. */
export type RequestSink = Pick<Sharder, 'add' | 'addPrinted' | 'addLines' | 'end'>;

/** Puts requests into shard files: one open shard for each endpoint and model. The engine behind the `shard` stage and `run`. */
export class Sharder {
  readonly #limits: ShardLimits;
  readonly #format: (request: BatchRequest) => string;
  readonly #open: FillingShards;
  readonly #separatorBytes: number;
  readonly #empty: ShardPolicy;

  constructor(options: SharderOptions) {
    const { limits } = options;
    this.#limits = limits;
    this.#format = options.formatRequest ?? limits.formatRequest;
    this.#open = new FillingShards(options);
    this.#separatorBytes = Buffer.byteLength(limits.envelope.separator);
    this.#empty = new ShardPolicy(limits);
  }

  /** Adds a request: the number of the shard it went to, or why no shard can hold it. */
  add(request: BatchRequest): number | Rejection {
    const text = this.#format(request);
    const size = { bytes: Buffer.byteLength(text), embeddingInputs: embeddingInputsOf(request.endpoint, request.body.input) };
    if (!this.fitsAlone(size)) return tooLarge(request, size, this.#limits);
    return this.#place(text, size, { endpoint: request.endpoint, index: request.index, model: request.body.model });
  }

  /** Adds a request that was printed: the number of the shard it went to, or why no shard can hold it. */
  addPrinted(printed: PrintedRequest): number | Rejection {
    const { text, embeddingInputs, endpoint, index, model } = printed;
    const size = { bytes: Buffer.byteLength(text), embeddingInputs };
    if (!this.fitsAlone(size)) return tooLarge(printed, size, this.#limits);
    return this.#place(text, size, { endpoint, index, model });
  }

  /** Adds request lines of consecutive records, each of which fits in a shard alone. */
  addLines({ text, offsets, first = 0, count, loan }: LineRun, { endpoint, model, embeddingInputs }: LineKind, index: number): ShardRun[] {
    const runs: ShardRun[] = [];
    for (let from = first; from < first + count; ) {
      const next = (offsets[from + 1] ?? 0) - (offsets[from] ?? 0) - this.#separatorBytes;
      const shard = this.#open.shardFor({ endpoint, index: index + from - first, model }, { bytes: next, embeddingInputs });
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
  addLine(line: string, { endpoint, index, model, embeddingInputs }: LineRequest): number {
    return this.#place(line, { bytes: Buffer.byteLength(line), embeddingInputs }, { endpoint, index, model });
  }

  /** Closes all open shards. */
  end(): void {
    this.#open.end();
  }

  /** Removes the files of all open shards. */
  abort(): void {
    this.#open.abort();
  }

  #place(text: string, size: RequestSize, request: RequestKind): number {
    const shard = this.#open.shardFor(request, size);
    if (shard.policy.requests > 0) shard.file.write(this.#limits.envelope.separator);
    shard.file.write(text, size.bytes);
    shard.policy.add(size);
    shard.lastIndex = request.index;
    return shard.number;
  }
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
