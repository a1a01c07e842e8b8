import { cellFormatter } from '../records/csv-cells.ts';
import { CsvBlock } from '../records/csv-block.ts';
import { CsvScan, type PlainDialect } from '../records/csv-scan.ts';
import { Utf8Converter } from '../records/encoding.ts';
import { setField } from '../records/fields.ts';
import { checkLimit, type Fault, type ParseOptions, type RowSink } from '../records/parse-stage.ts';
import { PlainCsvRows } from '../records/plain-csv-rows.ts';
import { sourceRecord, type Header, type Rejection, type SourceRecord } from '../records/record.ts';
import type { RowBlock } from '../records/row-block.ts';
import { fromByteText, toByteText } from '../results/byte-text.ts';
import { CanonicalRows } from './canonical-rows.ts';
import type { RowText, RowTextReader } from './row-text.ts';

export interface CsvRowOptions extends Pick<ParseOptions, 'encoding' | 'fileName' | 'limit'> {
  /** Of source and output alike. */
  readonly dialect: PlainDialect;
  /** The column that names a record; none where records are named by their index. */
  readonly idField: string | undefined;
  /** The columns of the result, with their prefix. */
  readonly resultColumns: readonly string[];
  /** Called where the source has a column of that name. */
  readonly onConflict: (column: string) => never;
}

/**
 * Reads CSV for an output of CSV. Fast because no field is decoded, and most rows are not even cut into fields: a row whose cells are quoted
 * just where they must be is moved whole. What the scanner does not know goes through the parser of the composed stages.
 */
export class CsvRowTexts implements RowTextReader, RowSink {
  readonly file: string;
  readonly #options: CsvRowOptions;
  readonly #limit: number;
  readonly #converter: Utf8Converter;
  readonly #parser: PlainCsvRows;
  readonly #canonical: CanonicalRows;
  readonly #format: (values: readonly unknown[]) => string;
  #header: Header = { keys: [], names: [] };
  #idColumn = -1;
  #rows = 0;
  #found: (RowText | Rejection)[] = [];
  headerText = '';

  constructor(options: CsvRowOptions) {
    this.#options = options;
    this.file = options.fileName ?? 'input';
    this.#limit = checkLimit(options.limit ?? Infinity);
    this.#converter = new Utf8Converter(options.encoding);
    this.#parser = new PlainCsvRows(this, options.dialect);
    this.#canonical = new CanonicalRows(options.dialect.delimiter);
    this.#format = cellFormatter(options.dialect.delimiter);
  }

  get full(): boolean {
    return this.#rows >= this.#limit;
  }

  room(): Buffer | undefined {
    return this.#parser.room();
  }

  push(bytes: Buffer): readonly (RowText | Rejection)[] {
    const converted = this.#converter.push(bytes);
    if (converted.length > 0 && !this.full) this.#parser.push(converted);
    return this.#release();
  }

  end(): readonly (RowText | Rejection)[] {
    const last = this.#converter.end();
    if (last.length > 0 && !this.full) this.#parser.push(last);
    if (!this.full) this.#parser.end();
    return this.#release();
  }

  recordOf({ index, line, text, record }: RowText): SourceRecord {
    if (record !== undefined) return record;
    const scan = new CsvScan(this.#options.dialect, this.#header.keys.length);
    scan.scan(text, 0, true);
    const value: Record<string, unknown> = {};
    for (const [column, key] of this.#header.keys.entries()) setField(value, key, fromByteText(scan.field(0, column)));
    return sourceRecord(index, value, line, this.#header);
  }

  begin(header: Header): void {
    const { idField, resultColumns, onConflict } = this.#options;
    const conflict = resultColumns.find((column) => header.names.includes(column) || header.keys.includes(column));
    if (conflict !== undefined) onConflict(conflict);
    this.#header = header;
    this.#idColumn = idField === undefined ? -1 : header.keys.indexOf(idField);
    this.headerText = toByteText(`${this.#format([...header.names, ...resultColumns])}\n`);
  }

  addBlock(block: RowBlock): void {
    for (let row = 0; row < block.rows && !this.full; row += 1) {
      // The parser of plain CSV finds no other blocks.
      if (block instanceof CsvBlock && block.isSound(row)) this.#addRow(block.scan, row, block.line + (block.lines[row] ?? 0));
      else block.addTo(this, row);
    }
  }

  #addRow(scan: CsvScan, row: number, line: number): void {
    const text = this.#canonical.textOf(scan, row);
    const id = this.#idColumn < 0 ? '' : scan.field(row, this.#idColumn);
    this.#found.push(id === '' ? { index: this.#rows, line, text } : { index: this.#rows, line, text, id });
    this.#rows += 1;
  }

  /** Called with the values of a row that the scanner does not know. */
  add(value: unknown, line: number | undefined, header?: Header): void {
    if (this.full) return;
    // The parser gives a row as an object.
    const record = sourceRecord(this.#rows, value as SourceRecord['value'], line, header);
    this.#found.push({ index: this.#rows, line: line ?? 0, text: this.#textOf(record.value), record });
    this.#rows += 1;
  }

  reject(fault: Fault): void {
    if (this.full) return;
    const rejection: Rejection = { code: 'parse_error', index: this.#rows, file: this.file, ...fault };
    // Where the fields are known the row keeps its place.
    const text = fault.value === undefined ? undefined : this.#textOf(fault.value as SourceRecord['value']);
    this.#found.push(text === undefined ? rejection : { index: this.#rows, line: fault.line ?? 0, text, rejection });
    this.#rows += 1;
  }

  #release(): readonly (RowText | Rejection)[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #textOf(value: SourceRecord['value']): string {
    return toByteText(this.#format(this.#header.keys.map((key) => value[key])));
  }
}
