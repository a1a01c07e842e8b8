import { isAscii, isUtf8 } from 'node:buffer';
import { fieldKind } from './csv-bounds.ts';
import type { CsvScan } from './csv-scan.ts';
import { setField } from './fields.ts';
import type { RowSink } from './parse-stage.ts';
import { notUtf8, rawText } from './raw-text.ts';
import type { Header } from './record.ts';
import type { RowBlock } from './row-block.ts';

/** The rows that one scan found. */
export class CsvBlock implements RowBlock {
  readonly kind = 'csv';
  readonly bytes: Buffer;
  readonly text: string;
  readonly scan: CsvScan;
  readonly header: Header;
  readonly line: number;
  /** True if all bytes are ASCII. */
  readonly isAscii: boolean;
  readonly #isUtf8: boolean;

  /** @param bytes those that were scanned, from the start of the first row */
  constructor(bytes: Buffer, text: string, scan: CsvScan, header: Header, line: number) {
    this.bytes = bytes;
    this.text = text;
    this.scan = scan;
    this.header = header;
    this.line = line;
    const taken = bytes.subarray(0, scan.next);
    this.isAscii = isAscii(taken);
    this.#isUtf8 = this.isAscii || isUtf8(taken);
  }

  get rows(): number {
    return this.scan.rows;
  }

  get starts(): Int32Array {
    return this.scan.starts;
  }

  get ends(): Int32Array {
    return this.scan.ends;
  }

  get lines(): Int32Array {
    return this.scan.lines;
  }

  get nextLine(): number {
    return this.line + this.scan.nextLine;
  }

  /** False for a row that is rejected, or may be blank. */
  isSound(row: number): boolean {
    return this.scan.surplus[row] === 0 && !this.#mayBeBlank(row) && this.#isText(row);
  }

  valueOf(row: number): Record<string, unknown> | undefined {
    return this.isSound(row) ? this.#read(row) : undefined;
  }

  addTo(sink: RowSink, row: number): void {
    const line = this.line + (this.scan.lines[row] ?? 0);
    if (!this.#isText(row)) return this.#reject(sink, row, notUtf8);
    const value = this.#read(row);
    if (this.#mayBeBlank(row) && String(value[this.header.keys[0] ?? '']).trim() === '') return;
    if (this.scan.surplus[row] === 0) return sink.add(value, line, this.header);
    const { widths, width } = this.scan;
    this.#reject(sink, row, `has ${widths[row]} fields, but the header has ${width}. Is a field with a delimiter in it not quoted?`, value);
  }

  /** A line of spaces is blank, unless the table has a single column, whose field it then is. */
  #mayBeBlank(row: number): boolean {
    const { width, widths, fieldStarts, fieldEnds } = this.scan;
    return widths[row] === 1 && width > 1 && fieldStarts[row * width] !== fieldEnds[row * width];
  }

  #isText(row: number): boolean {
    return this.#isUtf8 || isUtf8(this.#bytesOf(row));
  }

  /**
   * The fields by name. A row is decoded once, as a whole: where its text has as many characters as it has bytes, it is ASCII, and the
   * bounds found in bytes hold in the text. (Decoded by block, a field that somebody keeps would keep the block alive.)
   */
  #read(row: number): Record<string, unknown> {
    const { keys } = this.header;
    const { width, fieldStarts, fieldEnds, fieldKinds, starts, ends } = this.scan;
    const start = starts[row] ?? 0;
    const length = (ends[row] ?? 0) - start;
    const text = this.bytes.toString('utf8', start, start + length);
    const isRowAscii = text.length === length;
    const value: Record<string, unknown> = {};
    for (let column = 0, at = row * width; column < width; column += 1, at += 1) {
      let field = isRowAscii ? text.slice((fieldStarts[at] ?? 0) - start, (fieldEnds[at] ?? 0) - start) : this.bytes.toString('utf8', fieldStarts[at], fieldEnds[at]);
      if (fieldKinds[at] === fieldKind.doubled) field = this.scan.undouble(field);
      const key = keys[column] ?? '';
      if (key === '__proto__') setField(value, key, field);
      else value[key] = field;
    }
    return value;
  }

  #reject(sink: RowSink, row: number, what: string, value?: unknown): void {
    const line = this.line + (this.scan.lines[row] ?? 0);
    const message = `${sink.file}, line ${line}: the record ${what}`;
    sink.reject({ message, line, raw: rawText(this.#bytesOf(row)), ...(value === undefined ? {} : { value }) });
  }

  #bytesOf(row: number): Buffer {
    return this.bytes.subarray(this.scan.starts[row], this.scan.ends[row]);
  }
}
