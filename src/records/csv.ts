import type { ObjectTransform } from '../streams.ts';
import { CellWriter } from './csv-cells.ts';
import { CsvRows } from './csv-rows.ts';
import { isPlainDialect } from './csv-scan.ts';
import { checkText } from './format.ts';
import { type ParseOptions, ParseStage, type RowParser, type RowSink } from './parse-stage.ts';
import { PlainCsvRows } from './plain-csv-rows.ts';
import type { AnyValue } from './record.ts';
import { StringifyStage } from './stringify-stage.ts';

/** What stands between fields in the two tabular text formats, unless an option says otherwise. */
export const delimiters = { csv: ',', tsv: '\t' } as const;

export interface ParseCsvOptions extends ParseOptions {
  /** What stands between fields; more than one character is possible. @default `,` */
  readonly delimiter?: string;
  /** One character, or an empty text where quotes mean nothing. @default `"` */
  readonly quote?: string;
  /** A longer record is taken for a quote that was never closed. In bytes. @default 67108864 */
  readonly maxRecordBytes?: number;
}

/**
 * CSV bytes to records; keeps order. The first row is the header. Values are strings; a row that is shorter than the header has
 * empty strings at its end. Any line ending, blank lines skipped. Rejected with `parse_error`: a row with more fields than the
 * header (if the surplus is not all empty), with a broken quote, or with bytes that are not UTF-8. A quote inside an unquoted
 * field is text.
 *
 * @throws InputError `invalid_option`, `parse_error` (a broken header, or without `onReject` any bad row)
 * @example await pipeline(createReadStream('reviews.txt'), parseCsv({ delimiter: ';', encoding: 'latin1' }), ...)
 */
export function parseCsv<T = AnyValue>(options: ParseCsvOptions = {}): ParseStage<T> {
  return new ParseStage<T>(csvParser(options), options);
}

/** The parser behind {@link parseCsv}. */
export function csvParser({ delimiter = ',', quote = '"', maxRecordBytes = 64 * 1024 * 1024 }: ParseCsvOptions): (sink: RowSink) => RowParser {
  const dialect = { delimiter: checkText('delimiter', delimiter, 16), quote: quote === '' ? '' : checkText('quote', quote, 1), maxRecordBytes };
  return (sink) => (isPlainDialect(dialect) ? new PlainCsvRows(sink, dialect) : new CsvRows(sink, dialect));
}

export interface StringifyCsvOptions {
  /** The columns, in order. @default the header of the first record, else the fields of the first record */
  readonly columns?: readonly string[];
  /** What stands between fields. @default `,` */
  readonly delimiter?: string;
}

/**
 * Records, or plain objects, to CSV bytes; keeps order. Text is quoted where it must be; numbers and booleans stand plain,
 * null and absent fields are empty cells, and objects and arrays are JSON text. Names in the header are as they stood in the source.
 *
 * @throws InputError `unknown_column` for a record with a field that the header lacks: nothing is dropped in silence
 */
export function stringifyCsv({ columns, delimiter = ',' }: StringifyCsvOptions = {}): ObjectTransform<object, Buffer> {
  return new StringifyStage(new CellWriter(checkText('delimiter', delimiter, 16), columns));
}
