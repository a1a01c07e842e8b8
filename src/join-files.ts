import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { enrich } from './join/enrich.ts';
import { join } from './join/join.ts';
import type { JoinOptions } from './join/joiner.ts';
import type { JoinedRecord } from './join/outcome.ts';
import { formatOf, type Format } from './records/format.ts';
import type { ReadOptions } from './records/read.ts';
import { sourceRecord, type AnyValue, type Header, type JsonValue, type Rejection, type SourceRecord } from './records/record.ts';
import { recordsFrom, type Source } from './records/records-from.ts';
import { RejectsFile } from './records/rejects.ts';
import { UnreadableRows } from './records/unreadable.ts';
import { writeRecords, type WriteOptions } from './records/write.ts';
import { ReportBuilder, type RunReport } from './report/report.ts';

/** Options of {@link joinFiles}. */
export interface JoinFilesOptions<T = AnyValue, Json = JsonValue> extends Omit<JoinOptions<T, Json>, 'report'> {
  readonly source: Source<T>;
  /** Format and the like of the source. */
  readonly read?: Omit<ReadOptions, 'onReject' | 'signal'>;
  readonly sink: string | Writable;
  /** Format and the like of the sink. */
  readonly write?: WriteOptions;
  /** Put before the names of result columns. @default 'result_' */
  readonly prefix?: string;
  /** Side file for lines and records that found no place. @default `<sink>.rejects.jsonl`, none where the sink is no path */
  readonly rejects?: string;
  /** End at the first source row that cannot be read. @default false */
  readonly strict?: boolean;
}

/**
 * Joins a source with result files that any tool downloaded, and writes the enriched records in source order.
 *
 * @returns the report; its outcomes add up to the records of the source
 * @throws InputError `no_match` if no result meets any record; `file_not_found`, `unknown_column`, `column_conflict`, ...
 *
 * @example
 * await joinFiles({ source: 'reviews.csv', customId: 'id', results: ['output.jsonl', 'errors.jsonl'], sink: 'reviews.enriched.csv' });
 */
export async function joinFiles<T = AnyValue, Json = JsonValue>(options: JoinFilesOptions<T, Json>): Promise<RunReport> {
  const startedAt = Date.now();
  const { sink, write, prefix, parseJson, schema, body, signal } = options;
  const format = write?.format ?? formatOf(typeof sink === 'string' ? sink : 'the sink');
  const fields = await fieldsFor(options, format);
  const books = new Books(options);
  const unreadable = new UnreadableRows();
  const joined = join<T, Json>({ ...options, report: books.report, onReject: (rejection) => books.keep(rejection) });
  const enriched = enrich({
    format,
    kinds: () => joined.kinds,
    ...(prefix === undefined ? {} : { prefix }),
    ...(parseJson === undefined ? {} : { parseJson }),
    ...(body === undefined ? {} : { body }),
    ...(schema === undefined ? {} : { schema }),
  });
  const records = recordsFrom<T>(options.source, { ...options.read, ...(options.strict === true ? {} : { onReject: (row) => unreadable.add(row) }) });
  try {
    await pipeline(
      fields ? Readable.from(withHeader(records, fields)) : records,
      joined,
      (stage: AsyncIterable<JoinedRecord<unknown, unknown>>) => withUnreadable(stage, unreadable, books, options.source),
      enriched,
      writeRecords(sink, { ...write, format }),
      signal ? { signal } : {},
    );
  } finally {
    await books.close();
  }
  return books.report.build({ shards: 0, batches: 0, attempts: 0, startedAt, endedAt: Date.now() });
}

/** Counts what found no place, and keeps it in the side file. */
class Books {
  readonly report = new ReportBuilder();
  readonly #rejects: RejectsFile | undefined;
  readonly #onReject: ((rejection: Rejection) => void) | undefined;

  constructor({ sink, rejects = typeof sink === 'string' ? `${sink}.rejects.jsonl` : undefined, onReject }: Pick<JoinFilesOptions, 'sink' | 'rejects' | 'onReject'>) {
    this.#rejects = rejects === undefined ? undefined : new RejectsFile(rejects);
    this.#onReject = onReject;
  }

  keep(rejection: Rejection): void {
    this.#rejects?.add(rejection);
    this.#onReject?.(rejection);
  }

  async close(): Promise<void> {
    await this.#rejects?.close();
  }
}

/** Puts the rows that could not be read back in their place; those whose fields are not known are only counted. */
async function* withUnreadable(joined: AsyncIterable<JoinedRecord<unknown, unknown>>, unreadable: UnreadableRows, books: Books, source: unknown): AsyncGenerator<JoinedRecord<unknown, unknown>> {
  let header: Header | undefined;
  let next = 0;
  const note = (row: Rejection): void => {
    books.report.addRejection(row);
    books.keep(row);
  };
  unreadable.offerTo((row) => {
    // One whose fields are known has a place in the output.
    if (row.index !== next || row.value !== undefined) return false;
    note(row);
    next += 1;
    return true;
  });
  const placed = function* (before: number): Generator<JoinedRecord<unknown, unknown>> {
    for (const row of unreadable.before(before)) {
      note(row);
      if (row.value !== undefined) yield rejectedRow(row, header);
    }
  };
  for await (const one of joined) {
    header ??= one.record.header;
    yield* placed(one.record.index);
    if (one.outcome.status === 'rejected') books.keep({ ...(typeof source === 'string' ? { file: source } : {}), ...rejectionOf(one) });
    next = one.record.index + 1;
    unreadable.offer();
    yield one;
  }
  yield* placed(Infinity);
}

function rejectedRow({ code, message, index = 0, line, value }: Rejection, header: Header | undefined): JoinedRecord<unknown, unknown> {
  return { record: sourceRecord(index, value, line, header), outcome: { status: 'rejected', reason: code, customId: '', error: { code, message } } };
}

function rejectionOf({ record: { index, line, value }, outcome }: JoinedRecord<unknown, unknown>): Rejection {
  // A join rejects records with one of our own codes, in `reason` and in `error` alike.
  const code = (outcome.reason ?? 'invalid_custom_id') as Rejection['code'];
  return { code, message: outcome.error?.message ?? code, index, customId: outcome.customId, value, ...(line === undefined ? {} : { line }) };
}

/**
 * A table needs all its columns before its first row. A source that has no header is read once for them, so it must be one
 * that can be read twice.
 */
async function fieldsFor<T>({ source, read }: Pick<JoinFilesOptions<T>, 'source' | 'read'>, format: Format): Promise<Header | undefined> {
  if (format === 'jsonl' || format === 'json') return undefined;
  const names = new Set<string>();
  if (typeof source !== 'string' && !Array.isArray(source)) return undefined;
  for await (const { value, header } of recordsFrom<T>(source, { ...read, onReject: () => undefined })) {
    if (header) return undefined;
    if (typeof value === 'object' && value !== null) for (const name in value) names.add(name);
  }
  return { keys: [...names], names: [...names] };
}

async function* withHeader<T>(records: AsyncIterable<SourceRecord<T>>, header: Header): AsyncGenerator<SourceRecord<T>> {
  for await (const { index, value, line } of records) yield sourceRecord(index, value, line, header);
}
