import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { columnConflict } from '../join/enrich.ts';
import type { JoinOptions } from '../join/joiner.ts';
import { looksAtAnswers, type OutcomeRules } from '../join/outcome.ts';
import { resultColumns, resultKey } from '../join/columns.ts';
import type { VectorSink } from '../join/vectors.ts';
import { placeOf, sourceIds } from '../join/source-id.ts';
import { delimiters } from '../records/csv.ts';
import { isPlainDialect } from '../records/csv-scan.ts';
import { compressionOf, formatOf } from '../records/format.ts';
import { readBytes } from '../records/read-bytes.ts';
import type { ReadOptions } from '../records/read.ts';
import type { OnReject } from '../records/record.ts';
import type { Source } from '../records/records-from.ts';
import { writeBytes, type WriteOptions } from '../records/write.ts';
import { ResultArena } from '../results/arena.ts';
import type { ReportBuilder } from '../report/report.ts';
import { toByteText } from '../results/byte-text.ts';
import type { ResultIndex } from '../results/result-index.ts';
import type { TailFormat } from '../results/tails.ts';
import { CsvRowTexts } from './csv-row-texts.ts';
import { JsonlRowTexts } from './jsonl-row-texts.ts';
import { Pieces } from './pieces.ts';
import type { RowTextReader } from './row-text.ts';
import { splice } from './splice.ts';

/** As the composed stages have it. */
const maxRecordBytes = 64 * 1024 * 1024;

/** What a join of files is asked for. */
export interface BytesJoin<T> extends OutcomeRules, Pick<JoinOptions<T>, 'customId' | 'parseResult' | 'signal'> {
  readonly source: Source<T>;
  readonly read?: Omit<ReadOptions, 'onReject' | 'signal'>;
  readonly sink: string | Writable;
  readonly write?: WriteOptions;
  readonly prefix?: string;
  /** Gives embeddings another form. */
  readonly vectors?: VectorSink;
}

/** A join whose rows can be moved as bytes. */
export interface Splicing {
  readonly source: string | Readable;
  readonly format: 'csv' | 'tsv' | 'jsonl';
  /** The field that names a record; none where its index does. */
  readonly idField: string | undefined;
}

/**
 * Whether rows can be moved from source to sink as bytes: both are of one format and dialect, records are named by a field or their index, and
 * nobody wants to look at answers. Pure.
 */
export function canSplice<T>({ source, read = {}, sink, write = {}, customId, ...rules }: BytesJoin<T>): Splicing | undefined {
  const isBytes = typeof source === 'string' || (source instanceof Readable && !source.readableObjectMode);
  if (!isBytes || looksAtAnswers(rules) || rules.body === true || typeof customId === 'function' || write.columns !== undefined) return undefined;
  if (customId !== undefined && customId !== customId.trim()) return undefined;
  const format = sameFormat(source, read, sink, write);
  return format === undefined || read.path !== undefined ? undefined : { source, format, idField: customId };
}

function sameFormat(source: string | Readable, read: NonNullable<BytesJoin<never>['read']>, sink: string | Writable, write: WriteOptions): Splicing['format'] | undefined {
  const from = read.format ?? formatOf(read.fileName ?? (typeof source === 'string' ? source : 'the input stream'));
  const to = write.format ?? formatOf(typeof sink === 'string' ? sink : 'the sink');
  if (from !== to || from === 'json' || from === 'parquet') return undefined;
  return from === 'jsonl' || isOneDialect(from, read, write) ? from : undefined;
}

function isOneDialect(format: 'csv' | 'tsv', { delimiter = delimiters[format], quote = '"' }: ReadOptions, write: WriteOptions): boolean {
  return quote === '"' && delimiter === (write.delimiter ?? delimiters[format]) && isPlainDialect({ delimiter, quote });
}

export interface SpliceParts {
  readonly index: ResultIndex;
  readonly report: ReportBuilder;
  readonly onLineReject: OnReject;
  readonly onRecordReject: OnReject;
}

/** Joins by moving bytes. */
export async function joinBytes<T>({ source, format, idField }: Splicing, options: BytesJoin<T>, { index, report, onLineReject, onRecordReject }: SpliceParts): Promise<void> {
  const { read = {}, sink, write, prefix = 'result_', signal, vectors } = options;
  const fileName = read.fileName ?? (typeof source === 'string' ? source : 'input');
  const columns = resultColumns({ kinds: index.kinds });
  const delimiter = format === 'jsonl' ? '' : (read.delimiter ?? delimiters[format]);
  const reading = { fileName, idField, ...(read.encoding === undefined ? {} : { encoding: read.encoding }), ...(read.limit === undefined ? {} : { limit: read.limit }) };
  const rows: RowTextReader =
    format === 'jsonl'
      ? new JsonlRowTexts({ ...reading, resultKey: resultKey(prefix), onConflict: (record) => refuse(resultKey(prefix), ` (${placeOf(record)})`, record.index) })
      : new CsvRowTexts({ ...reading, dialect: { delimiter, quote: '"', maxRecordBytes }, resultColumns: columns.map((column) => `${prefix}${column}`), onConflict: (column) => refuse(column, '', 0) });
  const tails: TailFormat = format === 'jsonl' ? { kind: 'object', before: `${toByteText(JSON.stringify(resultKey(prefix)))}:`, after: '}\n' } : { kind: 'cells', columns, delimiter, before: delimiter, after: '\n' };
  const arena = new ResultArena(index, { format: tails, ...(vectors === undefined ? {} : { vectors }) });
  const compression = read.compression ?? compressionOf(fileName);
  try {
    const pieces = new Pieces();
    const output = splice({ chunks: readBytes(source, compression, fileName, () => rows.room()), rows, pieces, index, arena, idOf: sourceIds(idField), checksIds: idField !== undefined, report, onLineReject, onRecordReject });
    await pipeline(output, writeBytes(sink, { ...write, onWritten: (bytes) => pieces.takeBack(bytes) }), signal ? { signal } : {});
  } finally {
    arena.close();
  }
}

function refuse(column: string, where: string, index: number): never {
  throw columnConflict(column, where, { index });
}
