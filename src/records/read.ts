import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { InputError } from '../errors.ts';
import { decompressors } from './compression.ts';
import { csvParser, delimiters } from './csv.ts';
import { isPlainDialect } from './csv-scan.ts';
import { checkChoice, compressionOf, compressions, type Compression, type Format, formatOf, formats } from './format.ts';
import { encodings, Utf8Converter } from './encoding.ts';
import { jsonParser } from './json.ts';
import { JsonLines } from './jsonl.ts';
import { JsonlRows } from './jsonl-blocks.ts';
import { readParquet } from './parquet.ts';
import { explainReading, readBytes } from './read-bytes.ts';
import { readSize } from './read-memory.ts';
import { checkLimit, type ParseOptions, ParseStage, type RowParser, type RowSink } from './parse-stage.ts';
import type { AnyValue } from './record.ts';
import { endOnAbort, type RecordStream } from './record-stream.ts';

export interface ReadOptions extends ParseOptions {
  /** @default by the extension of the file, also below `.gz` and `.zst`; for a stream by that of `fileName` */
  readonly format?: Format;
  /** @default by the extension of the file: `.gz`, `.zst` */
  readonly compression?: Compression;
  /** In JSON: where the array is, such as `data.items`. @default the whole file is the array */
  readonly path?: string;
  /** In CSV: what stands between fields. @default `,`, a tab for TSV */
  readonly delimiter?: string;
  /** In CSV and TSV: one character, or an empty text where quotes mean nothing. @default `"` */
  readonly quote?: string;
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * The records of a file, or of a stream of bytes, in order: the head of a `pipeline`, or for `for await`. CSV, TSV, JSONL, JSON and Parquet,
 * each also as `.gz` or `.zst`. A record that cannot be parsed goes to `onReject` and takes an index; without it, it is an error.
 *
 * @throws InputError `unknown_format`, `invalid_option`, `missing_dependency`; through the stream `file_not_found`, `parse_error`
 * @example for await (const { index, value } of readRecords<{ id: string }>('reviews.csv')) console.log(index, value.id);
 */
export function readRecords<T = AnyValue>(source: string | Readable, options: ReadOptions = {}): RecordStream<T> {
  const fileName = options.fileName ?? (typeof source === 'string' ? source : undefined);
  const format = options.format === undefined ? formatOf(fileName ?? 'the input stream') : checkChoice('format', formats, options.format);
  const compression = options.compression === undefined ? compressionOf(fileName ?? '') : checkChoice('compression', compressions, options.compression);
  const records = format === 'parquet' ? parquetSource<T>(source, compression, options) : byteSource<T>(source, format, compression, { ...options, fileName: fileName ?? 'input' });
  if (options.signal !== undefined) endOnAbort(options.signal, records);
  return records;
}

function parquetSource<T>(source: string | Readable, compression: Compression, { limit = Infinity }: ReadOptions): RecordStream<T> {
  if (typeof source === 'string' && compression === 'none') return readParquet<T>(source, checkLimit(limit));
  throw new InputError('invalid_option', 'Parquet is read from its end, and so needs a plain file: save the stream, or unpack the file, and pass its path.');
}

/** How rows are written that can be kept as they stand, and read again. */
export type RowDialect = { readonly kind: 'csv'; readonly delimiter: string; readonly quote: string } | { readonly kind: 'jsonl' | 'json' };

/** The dialect of a source whose rows {@link feedRows} gives as they stand; `undefined` for any other. */
export function rowDialect(source: unknown, { format, delimiter, quote = '"', fileName }: ReadOptions): RowDialect | undefined {
  if (typeof source !== 'string' && !(source instanceof Readable && !source.readableObjectMode)) return undefined;
  const chosen = format ?? formatOf(fileName ?? (typeof source === 'string' ? source : 'the input stream'));
  if (chosen === 'jsonl' || chosen === 'json') return { kind: chosen };
  if (chosen !== 'csv' && chosen !== 'tsv') return undefined;
  const dialect = { kind: 'csv' as const, delimiter: delimiter ?? delimiters[chosen], quote };
  return isPlainDialect(dialect) ? dialect : undefined;
}

/**
 * Reads a file or a stream of bytes into a sink, at once and in order: what `readRecords` reads, without a stream of records between.
 *
 * @param ready awaited between chunks, for sinks that need time
 * @param makeParser what reads the bytes, if it is not the usual parser of the format
 * @throws what `readRecords` throws, and what the sink throws
 */
export async function feedRows<Sink extends RowSink>(source: string | Readable, options: ReadOptions, makeSink: (file: string) => Sink, ready: () => Promise<void>, makeParser?: (sink: Sink) => RowParser): Promise<void> {
  const fileName = options.fileName ?? (typeof source === 'string' ? source : undefined);
  const compression = options.compression === undefined ? compressionOf(fileName ?? '') : checkChoice('compression', compressions, options.compression);
  const file = fileName ?? 'input';
  const sink = makeSink(file);
  const parser = makeParser?.(sink) ?? parserOf(formatIn(source, options), options)(sink);
  const converter = new Utf8Converter(options.encoding === undefined ? undefined : checkChoice('encoding', encodings, options.encoding));
  const feed = (bytes: Buffer): void => {
    if (bytes.length > 0 && !sink.full) parser.push(bytes);
  };
  try {
    for await (const chunk of readBytes(source, compression, file, () => parser.room?.())) {
      options.signal?.throwIfAborted();
      feed(converter.push(chunk));
      if (sink.full) return;
      await Promise.all([ready(), parser.settle?.(false)]);
    }
    feed(converter.end());
    await parser.settle?.(true);
    if (!sink.full) parser.end();
  } finally {
    parser.close?.();
  }
}

function formatIn(source: string | Readable, { format, fileName }: ReadOptions): Exclude<Format, 'parquet'> {
  const chosen = format === undefined ? formatOf(fileName ?? (typeof source === 'string' ? source : 'the input stream')) : checkChoice('format', formats, format);
  if (chosen === 'parquet') throw new InputError('invalid_option', 'Parquet has no rows of bytes.');
  return chosen;
}

function byteSource<T>(source: string | Readable, format: Exclude<Format, 'parquet'>, compression: Compression, options: ReadOptions & { readonly fileName: string }): RecordStream<T> {
  if (typeof source !== 'string' && source.readableObjectMode) {
    throw new InputError('invalid_option', `${options.fileName} is a stream of objects, not of bytes; pass it to \`recordsFrom\`.`);
  }
  const stages = decompressors(compression);
  const records = new ParseStage<T>(parserOf(format, options), options);
  records.openOnRead(() => {
    const upstream = [typeof source === 'string' ? createReadStream(source, { highWaterMark: readSize }) : source, ...stages];
    // Registered before `pipeline` does, so that the reader gets the explained error and not the bare one.
    for (const stream of upstream) stream.once('error', (error: Error) => records.destroy(explainReading(error, options.fileName)));
    pipeline([...upstream, records], () => {});
  });
  return records;
}

function parserOf(format: Exclude<Format, 'parquet'>, options: ReadOptions): (sink: RowSink) => RowParser {
  if (format === 'json') return jsonParser(options);
  if (format === 'jsonl') return (sink) => (sink.addBlock ? new JsonlRows(sink, sink.addBlock) : new JsonLines(sink));
  return csvParser({ ...options, delimiter: options.delimiter ?? delimiters[format] });
}
