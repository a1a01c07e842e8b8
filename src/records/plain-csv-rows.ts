import { isAscii, isUtf8 } from 'node:buffer';
import { CsvRows } from './csv-rows.ts';
import { CsvScan, fieldKind, type PlainDialect } from './csv-scan.ts';
import { setField } from './fields.ts';
import { makeHeader } from './header.ts';
import type { RowParser, RowSink } from './parse-stage.ts';
import { notUtf8, rawText } from './raw-text.ts';
import type { Header } from './record.ts';

/** Text that is scanned at a time: strings of this size still lie in V8's young generation. */
const windowBytes = 64 * 1024;

/**
 * Makes records of plain CSV: the same as {@link CsvRows}, several times faster. At the first row that is not plain it hands over
 * to that, from the first byte of the row on and for good, so that what is odd is read, and rejected, in one place.
 *
 * Fast because a {@link CsvScan} finds the fields, and each row is decoded once, as a whole: where its text has as many characters as
 * it has bytes, it is ASCII, and the bounds that were found in bytes hold in the text. (Decoded by window instead of by row,
 * a field that somebody keeps would keep 64 KiB alive.)
 */
export class PlainCsvRows implements RowParser {
  readonly #sink: RowSink;
  readonly #options: PlainDialect;
  /** The bytes since the start of the row that is not yet whole. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Less than this is not worth looking at: a long record is scanned anew only when it has doubled. */
  #enough = 0;
  #line = 1;
  #scan: CsvScan | undefined;
  #header: Header = { keys: [], names: [] };
  #successor: CsvRows | undefined;

  constructor(sink: RowSink, options: PlainDialect) {
    this.#sink = sink;
    this.#options = options;
  }

  push(bytes: Buffer): void {
    if (this.#successor !== undefined) return this.#successor.push(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= this.#enough || this.#heldBytes > this.#options.maxRecordBytes) this.#read(false);
  }

  end(): void {
    if (this.#successor === undefined) this.#read(true);
    this.#successor?.end();
  }

  #read(isLast: boolean): void {
    const bytes = this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held, this.#heldBytes);
    let from = this.#scan === undefined ? this.#readHeader(bytes, isLast) : 0;
    if (this.#scan !== undefined) from = this.#readRows(bytes, from, this.#scan, isLast);
    if (this.#successor !== undefined) return;
    const rest = bytes.subarray(from);
    if (rest.length > this.#options.maxRecordBytes) return this.#handOver(rest);
    this.#held = [rest];
    this.#heldBytes = rest.length;
    this.#enough = from === 0 ? rest.length * 2 : 0;
  }

  /** Reads the first row; returns the offset behind it, or 0 while it is not whole. */
  #readHeader(bytes: Buffer, isLast: boolean): number {
    for (let size = windowBytes; ; size *= 2) {
      const isWhole = size >= bytes.length;
      const text = bytes.toString('latin1', 0, size);
      // As many columns as there could be.
      const scan = new CsvScan(this.#options, text.split(this.#options.delimiter).length);
      const end = scan.scan(text, 0, isLast && isWhole, 1);
      const found = bytes.subarray(scan.starts[0], scan.ends[0]);
      if (end === 'odd' && scan.rows === 0 || !isUtf8(found)) {
        this.#handOver(bytes);
        return 0;
      }
      if (scan.rows === 0) {
        if (isWhole) return 0;
        continue;
      }
      this.#header = makeHeader(Array.from({ length: scan.widths[0] ?? 0 }, (_, column) => decode(bytes, 0, scan, 0, column)));
      this.#scan = new CsvScan(this.#options, this.#header.keys.length);
      this.#line += scan.nextLine;
      this.#sink.begin(this.#header);
      return scan.next;
    }
  }

  /** Reads the whole rows; returns the offset behind the last one. */
  #readRows(bytes: Buffer, start: number, scan: CsvScan, isLast: boolean): number {
    let from = start;
    for (let size = windowBytes; !this.#sink.full; ) {
      const to = Math.min(from + size, bytes.length);
      const text = bytes.toString('latin1', from, to);
      const end = scan.scan(text, 0, isLast && to === bytes.length);
      this.#addRows(bytes, from, scan);
      from += scan.next;
      this.#line += scan.nextLine;
      if (end === 'odd') {
        this.#handOver(bytes.subarray(from));
        return from;
      }
      if (end === 'end' && to === bytes.length) return from;
      size = scan.next === 0 ? size * 2 : windowBytes;
    }
    return bytes.length;
  }

  #addRows(bytes: Buffer, from: number, scan: CsvScan): void {
    const window = bytes.subarray(from, from + scan.next);
    const isSound = isAscii(window) || isUtf8(window);
    for (let row = 0; row < scan.rows; row += 1) {
      if (isSound || isUtf8(rowBytes(window, scan, row))) this.#addRow(window, scan, row);
      else this.#reject(window, scan, row, notUtf8);
    }
  }

  #addRow(window: Buffer, scan: CsvScan, row: number): void {
    const value = this.#valueOf(window, scan, row);
    if (value === undefined) return;
    const line = this.#line + (scan.lines[row] ?? 0);
    if (scan.surplus[row] === 0) return this.#sink.add(value, line, this.#header);
    const what = `has ${scan.widths[row]} fields, but the header has ${scan.width}. Is a field with a delimiter in it not quoted?`;
    this.#reject(window, scan, row, what, value);
  }

  /** The fields of a row by name; nothing for a line of spaces, which is blank unless there is but one column. */
  #valueOf(window: Buffer, scan: CsvScan, row: number): Record<string, unknown> | undefined {
    const { keys } = this.#header;
    const { width, fieldStarts, fieldEnds, fieldKinds } = scan;
    const start = scan.starts[row] ?? 0;
    const length = (scan.ends[row] ?? 0) - start;
    const text = window.toString('utf8', start, start + length);
    const isRowAscii = text.length === length;
    const value: Record<string, unknown> = {};
    for (let column = 0, at = row * width; column < width; column += 1, at += 1) {
      let field = isRowAscii ? text.slice((fieldStarts[at] ?? 0) - start, (fieldEnds[at] ?? 0) - start) : window.toString('utf8', fieldStarts[at], fieldEnds[at]);
      if (fieldKinds[at] === fieldKind.doubled) field = scan.undouble(field);
      const key = keys[column] ?? '';
      if (key === '__proto__') setField(value, key, field);
      else value[key] = field;
      if (column === 0 && width > 1 && scan.widths[row] === 1 && field !== '' && field.trim() === '') return undefined;
    }
    return value;
  }

  #reject(window: Buffer, scan: CsvScan, row: number, what: string, value?: unknown): void {
    const line = this.#line + (scan.lines[row] ?? 0);
    const message = `${this.#sink.file}, line ${line}: the record ${what}`;
    this.#sink.reject({ message, line, raw: rawText(rowBytes(window, scan, row)), ...(value === undefined ? {} : { value }) });
  }

  #handOver(bytes: Buffer): void {
    const header = this.#scan === undefined ? undefined : this.#header;
    this.#successor = new CsvRows(this.#sink, this.#options, { line: this.#line, header });
    this.#held = [];
    this.#successor.push(bytes);
  }
}

function rowBytes(window: Buffer, scan: CsvScan, row: number): Buffer {
  return window.subarray(scan.starts[row], scan.ends[row]);
}

function decode(bytes: Buffer, from: number, scan: CsvScan, row: number, column: number): string {
  const at = row * scan.width + column;
  const text = bytes.toString('utf8', from + (scan.fieldStarts[at] ?? 0), from + (scan.fieldEnds[at] ?? 0));
  return scan.fieldKinds[at] === fieldKind.doubled ? scan.undouble(text) : text;
}
