import { isUtf8 } from 'node:buffer';
import { InputError } from '../errors.ts';
import type { CsvPlace } from './csv-blocks.ts';
import { findBrokenQuote } from './csv-quotes.ts';
import { CsvReader } from './csv-reader.ts';
import { type CsvRow, makeRow, quoteFault, readSoundRows, type RecoveryOptions } from './csv-recovery.ts';
import { setField } from './fields.ts';
import { makeHeader } from './header.ts';
import { HeldBytes } from './held-bytes.ts';
import type { RowParser, RowSink } from './parse-stage.ts';
import { countLineBreaks, firstLineEnd } from './position.ts';
import { notUtf8, rawText } from './raw-text.ts';
import type { Header } from './record.ts';

/**
 * Makes records of CSV rows. csv-parse reads leniently, so that a broken quote ends at the next delimiter or line instead of
 * swallowing the file; a row whose fields look like that is then examined, and rejected if its quotes are broken.
 */
export class CsvRows implements RowParser {
  readonly #sink: RowSink;
  readonly #options: RecoveryOptions;
  readonly #held = new HeldBytes();
  #reader: CsvReader;
  /** Offset at which the reader began. */
  #base = 0;
  /** Offset and line at which the row that is being read starts. */
  #start = 0;
  #line: number;
  #header: Header | undefined;
  #stopped = false;

  /** The last argument says where in the source the first bytes stand, if not at its start. */
  constructor(sink: RowSink, options: RecoveryOptions, { line, header }: CsvPlace = { line: 1, header: undefined }) {
    this.#sink = sink;
    this.#options = options;
    this.#line = line;
    this.#header = header;
    this.#reader = this.#newReader();
  }

  push(bytes: Buffer): void {
    if (this.#stopped) return;
    this.#held.push(bytes);
    if (this.#reader.parse(bytes) !== undefined) this.#resync();
    this.#held.release(this.#start);
  }

  end(): void {
    if (this.#stopped || this.#reader.finish() === undefined) return;
    // Read leniently, the one thing that can be wrong at the end is a quote that was never closed, or without quotes a record too long.
    if (this.#options.quote === '') this.#stop(this.#line, this.#held.slice(this.#start, this.#held.end));
    else this.#rejectQuotes(this.#takeRow([], this.#held.end));
  }

  #newReader(): CsvReader {
    return new CsvReader({ ...this.#options, strict: false, onRow: (fields, end) => this.#accept(this.#takeRow(fields, this.#base + end)) });
  }

  /** The row that ends at an offset; the next one starts there. */
  #takeRow(fields: readonly string[], end: number): CsvRow {
    const bytes = this.#held.slice(this.#start, end);
    const row = makeRow(fields, bytes, this.#line);
    this.#start = end;
    this.#line += countLineBreaks(bytes);
    return row;
  }

  #accept(row: CsvRow): void {
    if (this.#hasBrokenQuotes(row)) this.#rejectQuotes(row);
    else if (row.fields.some((field) => field.includes('\uFFFD')) && !isUtf8(row.bytes)) this.#reject(row, notUtf8);
    else if (this.#header === undefined) this.#sink.begin((this.#header = makeHeader(row.fields)));
    else if (!isBlankLine(row, this.#header)) this.#addRecord(row, this.#header);
  }

  #addRecord(row: CsvRow, header: Header): void {
    const { fields, line } = row;
    const width = header.keys.length;
    const value = valueOf(fields, header);
    if (fields.length <= width || fields.every((field, index) => index < width || field === '')) this.#sink.add(value, line, header);
    else this.#reject(row, `has ${fields.length} fields, but the header has ${width}. Is a field with a delimiter in it not quoted?`, value);
  }

  #hasBrokenQuotes({ fields, bytes }: CsvRow): boolean {
    const { quote } = this.#options;
    return quote !== '' && fields.some((field) => field.startsWith(quote)) && findBrokenQuote(bytes.toString('utf8'), this.#options) !== undefined;
  }

  #reject({ bytes, line }: CsvRow, what: string, value?: unknown): void {
    const message = `${this.#sink.file}, line ${line}: the ${this.#header === undefined ? 'header' : 'record'} ${what}`;
    this.#checkHeader(message, line);
    this.#sink.reject({ message, line, raw: rawText(bytes), ...(value === undefined ? {} : { value }) });
  }

  /**
   * A quote that is never closed may have taken whole lines with it. If each of them is a sound record of its own, only the
   * first line is lost. Where one is not, they may be the lines of a long field: nothing is guessed, all are rejected together.
   */
  #rejectQuotes(row: CsvRow): void {
    if (!this.#rejectFirstLine(row)) this.#rejectQuote(row);
  }

  #rejectQuote(row: CsvRow): void {
    const fault = quoteFault(row, this.#sink.file, this.#options);
    this.#checkHeader(fault.message, row.line);
    this.#sink.reject(fault);
  }

  #rejectFirstLine(row: CsvRow): boolean {
    const end = firstLineEnd(row.bytes);
    const others = readSoundRows(row.bytes.subarray(end), row.line + 1, this.#header?.keys.length ?? 0, this.#options);
    if (others === undefined) return false;
    this.#rejectQuote({ ...row, bytes: row.bytes.subarray(0, end) });
    for (const other of others) this.#accept(other);
    return true;
  }

  /** Without a header no record has field names: a broken one is not rejected, it ends the reading. */
  #checkHeader(message: string, line: number): void {
    if (this.#header === undefined) throw new InputError('parse_error', `${message} (This is the header.)`, { file: this.#sink.file, line });
  }

  /** After a record that outgrew all measure, by a quote that is not closed: goes on behind it, if the lines in it are sound. */
  #resync(): void {
    const held = this.#held.slice(this.#start, this.#held.end);
    const row = this.#takeRow([], this.#start + held.lastIndexOf(0x0a) + 1);
    // Where quotes mean nothing, none was left open.
    if (this.#options.quote !== '' && row.bytes.length > 0 && this.#rejectFirstLine(row)) this.#restart();
    else this.#stop(row.line, held);
  }

  #restart(): void {
    this.#base = this.#start;
    this.#reader = this.#newReader();
    if (this.#reader.parse(this.#held.slice(this.#start, this.#held.end)) !== undefined) this.#resync();
  }

  #stop(line: number, held: Buffer): void {
    this.#stopped = true;
    const limit = this.#options.maxRecordBytes;
    const message = `${this.#sink.file}, line ${line}: a record is longer than ${limit} bytes: a quote is never closed, or \`maxRecordBytes\` is too small. The rest of the file was not read.`;
    this.#checkHeader(message, line);
    this.#sink.reject({ message, line, raw: rawText(held), endsSource: true });
  }
}

function valueOf(fields: readonly string[], { keys }: Header): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [index, key] of keys.entries()) setField(value, key, fields[index] ?? '');
  return value;
}

/** A line of spaces only is blank too, unless the table has a single column, whose field it then is. */
function isBlankLine({ fields }: CsvRow, header: Header): boolean {
  const [only] = fields;
  return header.keys.length > 1 && fields.length === 1 && only !== undefined && only !== '' && only.trim() === '';
}
