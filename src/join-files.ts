import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { canSplice, joinBytes, type Splicing } from './fused/join-bytes.ts';
import { addedNames, enrich } from './join/enrich.ts';
import { join } from './join/join.ts';
import { type JoinOptions, openResults } from './join/joiner.ts';
import type { JoinedRecord } from './join/outcome.ts';
import { openVectors, withVectors, type EmbeddingFormat, type VectorSink } from './join/vectors.ts';
import { formatOf, type Format } from './records/format.ts';
import { checkReadable } from './records/read-bytes.ts';
import type { ReadOptions } from './records/read.ts';
import { sourceRecord, type AnyValue, type Header, type JsonValue, type Rejection, type SourceRecord } from './records/record.ts';
import { recordsFrom, type Source } from './records/records-from.ts';
import { RejectsFile } from './records/rejects.ts';
import { UnreadableRows } from './records/unreadable.ts';
import { writeRecords, type WriteOptions } from './records/write.ts';
import { ReportBuilder, type RunReport } from './report/report.ts';
import { endedBy } from './streams.ts';

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
  /**
   * How embeddings are written: `json` as lists, `base64` as texts (32-bit numbers, lowest byte first), `float32` to a file beside the sink (see
   * `VectorManifest`), whose vectors the sink names by number.
   * @default 'json'
   */
  readonly embeddingFormat?: EmbeddingFormat;
  /** Side file for lines and records that found no place. @default `<sink>.rejects.jsonl`, none where the sink is no path */
  readonly rejects?: string;
  /** End at the first source row that cannot be read. @default false */
  readonly strict?: boolean;
  /** Told now and then what became of the records so far, and how many bytes were written, where the sink counts them. */
  readonly onProgress?: (outcomes: RunReport['outcomes'], bytes: number) => void;
}

/** Bytes between two calls of `onProgress`. */
const progressBytes = 1 << 20;

/**
 * Joins a source with result files that any tool downloaded, and writes the enriched records in source order.
 *
 * @returns the report; its outcomes add up to the records of the source
 * @throws InputError `no_match` if no result meets any record; `file_not_found`, `unknown_column`, `column_conflict`, ...
 *
 * @example
 * await joinFiles({ source: 'reviews.csv', customId: 'id', results: ['output.jsonl', 'errors.jsonl'], sink: 'reviews.enriched.csv' });
 */
export async function joinFiles<T = AnyValue, Json = JsonValue>(given: JoinFilesOptions<T, Json>): Promise<RunReport> {
  const startedAt = Date.now();
  const books = new Books(given);
  const options = { ...given, write: { ...given.write, ...watching(given, books.report) } };
  const splicing = options.strict === true ? undefined : canSplice(options);
  const vectors = openVectors(options.embeddingFormat, options.sink);
  try {
    await (splicing === undefined ? joinRecords(options, books, vectors) : joinAsBytes(splicing, { ...options, ...(vectors === undefined ? {} : { vectors }) }, books));
    vectors?.complete();
  } catch (error) {
    vectors?.abandon();
    throw endedBy(error, options.signal);
  } finally {
    await books.close();
  }
  return books.report.build({ shards: 0, batches: 0, attempts: 0, startedAt, endedAt: Date.now() });
}

/** Tells how far a join is, at most once for so many bytes. */
function watching({ onProgress, write }: Pick<JoinFilesOptions, 'onProgress' | 'write'>, report: ReportBuilder): Pick<WriteOptions, 'onBytes'> {
  if (onProgress === undefined) return {};
  let told = 0;
  return {
    onBytes: (bytes) => {
      write?.onBytes?.(bytes);
      if (bytes - told < progressBytes) return;
      told = bytes;
      onProgress(report.outcomes, bytes);
    },
  };
}

/** The rows are moved as bytes: the same output as that of the stages, byte for byte, at a fraction of their time. */
async function joinAsBytes<T, Json>(splicing: Splicing, options: JoinFilesOptions<T, Json> & { readonly vectors?: VectorSink }, books: Books): Promise<void> {
  const { source, signal } = options;
  const onLineReject = (rejection: Rejection): void => {
    books.report.addRejection(rejection);
    books.keep(rejection);
  };
  if (typeof source === 'string') await checkReadable(source);
  const index = await openResults(options, onLineReject, signal);
  try {
    books.report.addLines(index.counts.lines);
    const file = typeof source === 'string' ? { file: source } : {};
    await joinBytes(splicing, options, { index, report: books.report, onLineReject, onRecordReject: (rejection) => books.keep({ ...file, ...rejection }) });
  } finally {
    index.close();
  }
}

/** Every record passes through the stages: for formats that differ, and for those who look at answers. */
async function joinRecords<T, Json>(options: JoinFilesOptions<T, Json>, books: Books, vectors: VectorSink | undefined): Promise<void> {
  const { sink, write, prefix, parseJson, schema, body, signal } = options;
  const format = write?.format ?? formatOf(typeof sink === 'string' ? sink : 'the sink');
  const fields = await fieldsFor(options, format);
  const unreadable = new UnreadableRows();
  const joined = join<T, Json>({ ...options, report: books.report, onReject: (rejection) => books.keep(rejection) });
  const enriching = {
    format,
    kinds: () => joined.kinds,
    ...(prefix === undefined ? {} : { prefix }),
    ...(parseJson === undefined ? {} : { parseJson }),
    ...(body === undefined ? {} : { body }),
    ...(schema === undefined ? {} : { schema }),
  };
  let header: Header | undefined;
  const reading = { ...options.read, onHeader: (found: Header) => (header = found), ...(options.strict === true ? {} : { onReject: (row: Rejection) => unreadable.add(row) }) };
  const records = recordsFrom<T>(options.source, reading);
  await pipeline(
    fields ? Readable.from(withHeader(records, fields)) : records,
    joined,
    (stage: AsyncIterable<JoinedRecord<unknown, unknown>>) => withUnreadable(vectors === undefined ? stage : withVectors(stage, vectors), unreadable, books, options.source),
    enrich(enriching),
    writeRecords(sink, { ...write, format }),
    signal ? { signal } : {},
  );
  // A table of no records still has its columns.
  if (books.rows === 0 && header !== undefined) await pipeline(Readable.from([]), writeRecords(sink, { columns: [...header.names, ...addedNames(enriching)], ...write, format }));
}

/** Counts what found no place, and keeps it in the side file. */
class Books {
  readonly report = new ReportBuilder();
  /** Rows of the output. */
  rows = 0;
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
      if (row.value === undefined) continue;
      books.rows += 1;
      yield rejectedRow(row, header);
    }
  };
  for await (const one of joined) {
    header ??= one.record.header;
    yield* placed(one.record.index);
    if (one.outcome.status === 'rejected') books.keep({ ...(typeof source === 'string' ? { file: source } : {}), ...rejectionOf(one) });
    next = one.record.index + 1;
    unreadable.offer();
    books.rows += 1;
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
