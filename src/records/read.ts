import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { InputError, systemCodeOf } from '../errors.ts';
import { decompressors, explainDecompression } from './compression.ts';
import { delimiters, parseCsv } from './csv.ts';
import { checkChoice, compressionOf, compressions, type Compression, type Format, formatOf, formats } from './format.ts';
import { parseJson } from './json.ts';
import { parseJsonl } from './jsonl.ts';
import { readParquet } from './parquet.ts';
import { checkLimit, type ParseOptions, type ParseStage } from './parse-stage.ts';
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

function byteSource<T>(source: string | Readable, format: Exclude<Format, 'parquet'>, compression: Compression, options: ReadOptions & { readonly fileName: string }): RecordStream<T> {
  if (typeof source !== 'string' && source.readableObjectMode) {
    throw new InputError('invalid_option', `${options.fileName} is a stream of objects, not of bytes; pass it to \`recordsFrom\`.`);
  }
  const stages = decompressors(compression);
  const records = parseStage<T>(format, options);
  records.openOnRead(() => {
    const upstream = [typeof source === 'string' ? createReadStream(source, { highWaterMark: readSize }) : source, ...stages];
    // Registered before `pipeline` does, so that the reader gets the explained error and not the bare one.
    for (const stream of upstream) stream.once('error', (error: Error) => records.destroy(explain(error, options.fileName)));
    pipeline([...upstream, records], () => {});
  });
  return records;
}

const readSize = 256 * 1024;

function parseStage<T>(format: Exclude<Format, 'parquet'>, options: ReadOptions): ParseStage<T> {
  if (format === 'json') return parseJson<T>(options);
  if (format === 'jsonl') return parseJsonl<T>(options);
  return parseCsv<T>({ ...options, delimiter: options.delimiter ?? delimiters[format] });
}

/** What an error of reading a file means for its user. */
export function explain(error: Error, file: string): Error {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOTDIR') {
    return new InputError('file_not_found', `${file} cannot be read: ${error.message}`, { file, cause: error });
  }
  return explainDecompression(error, file);
}
