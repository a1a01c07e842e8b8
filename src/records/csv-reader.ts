import { type CsvError, type Options, Parser } from 'csv-parse';
import type { Dialect } from './csv-quotes.ts';

/** Receives the fields of a row and the byte offset after it. */
export type OnRow = (fields: readonly string[], end: number) => void;

export interface CsvReaderOptions extends Dialect {
  /** True: text after a closing quote is an error, not text. */
  readonly strict: boolean;
  /** Bytes. */
  readonly maxRecordBytes: number;
  readonly onRow: OnRow;
}

/**
 * csv-parse, driven by hand: each chunk is parsed at once, and each row is handed over together with the offset
 * where it ends, which csv-parse knows only at that moment. Its `info` and `on_record` options would tell the same, at the
 * price of several objects a row.
 */
export class CsvReader extends Parser {
  readonly #onRow: OnRow;

  constructor({ delimiter, quote, strict, maxRecordBytes, onRow }: CsvReaderOptions) {
    const options: Options = {
      delimiter,
      quote: quote === '' ? false : quote,
      escape: quote === '' ? null : quote,
      relax_quotes: !strict,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      max_record_size: maxRecordBytes,
    };
    super(options);
    this.#onRow = onRow;
  }

  /** Parses a chunk; what cannot be parsed comes back as an error, and then nothing more can be read. */
  parse(bytes: Buffer): CsvError | undefined {
    let failure: CsvError | undefined;
    this._transform(bytes, 'utf8', (error) => (failure = asCsvError(error)));
    return failure;
  }

  /** Parses what is left at the end of the text. */
  finish(): CsvError | undefined {
    let failure: CsvError | undefined;
    this._flush((error) => (failure = asCsvError(error)));
    return failure;
  }

  /** Called by csv-parse with each row, and with null at the end. */
  override push(row: readonly string[] | null): boolean {
    if (row !== null) this.#onRow(row, this.info.bytes);
    return true;
  }
}

// csv-parse passes its own error class to the callback, or nothing.
function asCsvError(error: Error | null | undefined): CsvError | undefined {
  return (error ?? undefined) as CsvError | undefined;
}
