import type { Rejection } from '../records/record.ts';
import type { PrintedRequest } from '../requests/request-builder.ts';
import type { RequestKeys } from '../requests/request-key.ts';
import type { BatchRequest } from '../requests/request.ts';
import { IdTable, type SpillOptions } from '../results/id-table.ts';
import type { CopyListWriter } from './copy-list.ts';
import { embeddingInputsOf } from './policy.ts';
import type { LineKind, LineRequest, LineRun, RequestSink, ShardRun } from './sharder.ts';

/** Takes requests that need not be sent, because their answers are known. */
export interface KnownRequests {
  /** The number of the shard that the request went to; `undefined` where its answer is not known. */
  take(key: string, line: Buffer, request: LineRequest): number | undefined;
}

/** Requests that were met before in the same build. */
export class RepeatedRequests {
  readonly #seen: IdTable;
  readonly #open: () => { readonly list: CopyListWriter; readonly shard: number };
  #copies: { readonly list: CopyListWriter; readonly shard: number } | undefined;

  /** @param open begins the list of copies, at the first of them */
  constructor(open: () => { readonly list: CopyListWriter; readonly shard: number }, spill: SpillOptions = {}) {
    this.#seen = new IdTable(spill);
    this.#open = open;
  }

  /** Notes a request as a copy of an earlier one, if there is one; returns the number that stands for its shard. */
  take(key: string, index: number): number | undefined {
    const original = this.#seen.get(key);
    if (original === undefined) return undefined;
    this.#copies ??= this.#open();
    this.#copies.list.add({ index, original });
    return this.#copies.shard;
  }

  /** Remembers a request that is sent. */
  remember(key: string, index: number): void {
    this.#seen.set(key, index);
  }

  close(): void {
    this.#seen.close();
  }
}

export interface ThriftySharderOptions {
  /** Takes what has to be sent. */
  readonly fresh: RequestSink;
  readonly keys: RequestKeys;
  readonly formatRequest: (request: BatchRequest) => string;
  readonly known?: KnownRequests;
  readonly repeated?: RepeatedRequests;
}

/**
 * Looks at every request line before it goes to a shard: one whose answer is known, or that was met before, is not sent. Between a
 * maker of requests and its sharder; what it passes on is what the sharder would have got.
 */
export class ThriftySharder implements RequestSink {
  readonly #options: ThriftySharderOptions;

  constructor(options: ThriftySharderOptions) {
    this.#options = options;
  }

  add(request: BatchRequest): number | Rejection {
    const { fresh, formatRequest } = this.#options;
    const { endpoint, index, body } = request;
    const about = { endpoint, index, embeddingInputs: embeddingInputsOf(endpoint, body.input), ...(typeof body.model === 'string' ? { model: body.model } : {}) };
    return this.#choose(Buffer.from(formatRequest(request)), about, () => fresh.add(request));
  }

  addPrinted(request: PrintedRequest): number | Rejection {
    return this.#choose(Buffer.from(request.text), request, () => this.#options.fresh.addPrinted(request));
  }

  addLines(run: LineRun, kind: LineKind, index: number): ShardRun[] {
    const { text, offsets, first = 0, count } = run;
    const { fresh, keys, repeated } = this.#options;
    const start = offsets[first] ?? 0;
    const bytes = typeof text === 'string' ? Buffer.from(text.slice(start, offsets[first + count]), 'latin1') : text.subarray(start, offsets[first + count]);
    const runs: ShardRun[] = [];
    let unsent = first;
    const send = (to: number): void => {
      if (to > unsent) runs.push(...fresh.addLines({ text, offsets, first: unsent, count: to - unsent }, kind, index + unsent - first));
    };
    for (let at = first; at < first + count; at += 1) {
      // The separator, which ends in a line feed, stands before the line; a line has none.
      const whole = bytes.subarray((offsets[at] ?? 0) - start, (offsets[at + 1] ?? 0) - start);
      const line = whole.subarray(whole.indexOf(lineFeed) + 1);
      const key = keys.keyOf(line, kind.endpoint);
      const shard = this.#elsewhere(key, line, { ...kind, index: index + at - first });
      if (shard === undefined) {
        repeated?.remember(key, index + at - first);
        continue;
      }
      send(at);
      runs.push({ shard, count: 1 });
      unsent = at + 1;
    }
    send(first + count);
    return runs;
  }

  /** Closes the shards that are to be sent. */
  end(): void {
    this.#options.fresh.end();
  }

  /** The shard of a request that need not be sent. */
  #elsewhere(key: string, line: Buffer, request: LineRequest): number | undefined {
    const { known, repeated } = this.#options;
    return known?.take(key, line, request) ?? repeated?.take(key, request.index);
  }

  #choose(line: Buffer, request: LineRequest, send: () => number | Rejection): number | Rejection {
    const key = this.#options.keys.keyOf(line, request.endpoint);
    const shard = this.#elsewhere(key, line, request);
    if (shard !== undefined) return shard;
    const sent = send();
    // One that no shard can hold is no original.
    if (typeof sent === 'number') this.#options.repeated?.remember(key, request.index);
    return sent;
  }
}

const lineFeed = 0x0a;
