import type { Header, OnReject, Rejection, SourceRecord } from '../records/record.ts';
import type { UnreadableRows } from '../records/unreadable.ts';
import type { BatchRequest } from '../requests/request.ts';
import type { Sharder } from './sharder.ts';
import type { SpooledRecord, StretchWriter } from './stretch.ts';

export interface BuildInput<T> {
  readonly records: AsyncIterable<SourceRecord<T>>;
  /** Source rows that could not be read, as the reader reports them; taken out in order of their index. */
  readonly unreadable: UnreadableRows;
  readonly toRequest: (record: SourceRecord<T>) => BatchRequest | Rejection;
  readonly sharder: Sharder;
  /** Close the open shards after this many requests, so that they can be sent ahead. */
  readonly canary?: number;
  readonly stretches: StretchWriter;
  /** Told of every record that is rejected, in source order. */
  readonly onReject?: OnReject;
  /** Called now and then with the number of records so far. */
  readonly onProgress?: (records: number) => void;
  readonly signal?: AbortSignal;
}

export interface Built {
  /** Source rows, unreadable ones included. */
  readonly records: number;
  readonly rejected: number;
  readonly header?: Header;
  /** Field names of untyped records in order of first appearance. */
  readonly fields: readonly string[];
}

const progressEvery = 10_000;
const maxFields = 10_000;

/** Turns a source into shards and stretches: each record goes into exactly one shard, or is rejected, and is remembered either way. */
export async function buildShards<T>(input: BuildInput<T>): Promise<Built> {
  const builder = new Builder(input);
  try {
    for await (const record of input.records) builder.add(record);
    return builder.end();
  } catch (error) {
    input.sharder.abort();
    input.stretches.abort();
    throw error;
  }
}

class Builder<T> {
  readonly #input: BuildInput<T>;
  readonly #fields = new Set<string>();
  #records = 0;
  #rejected = 0;
  #requests = 0;
  #header: Header | undefined;

  constructor(input: BuildInput<T>) {
    this.#input = input;
  }

  add(record: SourceRecord<T>): void {
    for (const row of this.#input.unreadable.before(record.index)) this.#reject(row);
    if (record.header) this.#header ??= record.header;
    else this.#noteFields(record.value);
    const { index, value, line } = record;
    const known = { index, value, ...(line === undefined ? {} : { line }) };
    const request = this.#input.toRequest(record);
    if ('code' in request) return this.#reject({ ...known, ...request });
    const shard = this.#input.sharder.add(request);
    if (typeof shard !== 'number') return this.#reject({ ...known, ...shard });
    this.#remember({ ...known, customId: request.customId, shard });
    this.#requests += 1;
    if (this.#requests === this.#input.canary) this.#input.sharder.end();
  }

  end(): Built {
    for (const row of this.#input.unreadable.before(Infinity)) this.#reject(row);
    this.#input.sharder.end();
    this.#input.stretches.end();
    const header = this.#header === undefined ? {} : { header: this.#header };
    return { records: this.#records, rejected: this.#rejected, ...header, fields: [...this.#fields] };
  }

  #reject({ value, ...rejection }: Rejection): void {
    const { index = this.#records, customId = '', line } = rejection;
    this.#rejected += 1;
    this.#input.onReject?.({ ...rejection, index, ...(value === undefined ? {} : { value }) });
    this.#remember({
      index,
      customId,
      shard: 0,
      ...(line === undefined ? {} : { line }),
      ...(value === undefined ? {} : { value }),
      rejection,
    });
  }

  #remember(record: SpooledRecord): void {
    this.#input.stretches.add(record);
    this.#records += 1;
    if (this.#records % progressEvery !== 0) return;
    this.#input.signal?.throwIfAborted();
    this.#input.onProgress?.(this.#records);
  }

  /** Records without a header may differ in their fields; a CSV sink needs to know them all. */
  #noteFields(value: T): void {
    if (typeof value !== 'object' || value === null || this.#fields.size >= maxFields) return;
    for (const key in value) this.#fields.add(key);
  }
}
