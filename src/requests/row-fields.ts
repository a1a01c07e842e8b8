import type { CsvBlock } from '../records/csv-block.ts';
import type { JsonBlock } from '../records/json-block.ts';
import { fieldKind } from '../records/csv-bounds.ts';
import { jsonKind } from '../records/json-scan.ts';
import { OddBytes } from '../records/odd-bytes.ts';
import type { Header } from '../records/record.ts';
import { fromByteText, toByteText } from '../results/byte-text.ts';
import { compileField, type Field } from './field.ts';
import { fieldText } from './template.ts';

/**
 * Reads the fields of rows as they stand inside a JSON string, in byte strings. `undefined` where only a record can tell: a field that
 * is not there, or holds what is no text.
 */
export interface RowFields {
  /** Begins with a row. Rows are asked for in rising order. */
  open(row: number): void;
  /** The field of a place of the template. */
  text(place: number): string | undefined;
  /** The id as the user wrote it, decoded. */
  id(): string | undefined;
}

/** Where a table has the fields of a template, and the id. */
export interface Columns {
  readonly fields: readonly number[];
  readonly id: number;
}

/** The columns of fields; `undefined` where one of them is a part of a column's text, which text does not have. */
export function columnsOf(fields: readonly Field[], idField: string | undefined, header: Header): Columns | undefined {
  const columns = { fields: fields.map((field) => field.columnIn(header)), id: idField === undefined ? -1 : compileField(idField).columnIn(header) };
  return columns.fields.includes(-1) || (idField !== undefined && columns.id === -1) ? undefined : columns;
}

/** Fields of CSV: their text has to be escaped, which most are known not to need from one search over the whole block. */
export class CsvFields implements RowFields {
  readonly #odd = new OddBytes({ lineBreaks: true, backslashes: true });
  #columns: Columns = { fields: [], id: -1 };
  #block: CsvBlock | undefined;
  #row = 0;
  /** Of the row: is there a quote in it, or what must be escaped besides? */
  #hasQuotes = true;
  #hasOdd = true;

  /** Takes up a block. */
  begin(block: CsvBlock, columns: Columns): void {
    this.#columns = columns;
    if (this.#block === block) return;
    this.#block = block;
    this.#odd.search(block.bytes.subarray(0, block.ends[block.rows - 1]));
  }

  open(row: number): void {
    const { scan } = this.#block ?? {};
    this.#row = row;
    if (scan === undefined) return;
    this.#hasQuotes = scan.hasQuote[row] === 1;
    // The line break behind the last field does not count.
    this.#hasOdd = this.#odd.isIn(scan.starts[row] ?? 0, scan.fieldEnds[(row + 1) * scan.width - 1] ?? 0);
  }

  text(place: number): string | undefined {
    const { scan } = this.#block ?? {};
    const column = this.#columns.fields[place] ?? 0;
    if (scan === undefined || !(this.#hasQuotes || this.#hasOdd)) return scan?.field(this.#row, column);
    const kind = this.#hasOdd || scan.quote !== '"' ? fieldKind.bare : scan.fieldKinds[this.#row * scan.width + column];
    // Within quotes, only doubled ones have to be escaped.
    if (kind === fieldKind.doubled) return scan.rawField(this.#row, column).replace(doubledQuotes, String.raw`\"`);
    return kind === fieldKind.quoted ? scan.rawField(this.#row, column) : escaped(scan.field(this.#row, column));
  }

  id(): string | undefined {
    const { isAscii, scan } = this.#block ?? {};
    const id = scan?.field(this.#row, this.#columns.id);
    if (id === undefined || id === '') return undefined;
    return isAscii === true ? id : fromByteText(id);
  }
}

/** Fields of JSON: their text is escaped already, as a rule just as it would be again. */
export class JsonFields implements RowFields {
  readonly #fields: readonly Field[];
  readonly #places: readonly number[];
  #block: JsonBlock | undefined;
  #row = 0;

  /** @param idPlace where the id stands among the fields that were scanned for, behind those of the template */
  constructor(fields: readonly Field[], wanted: readonly string[], idField: string | undefined) {
    this.#fields = [...fields, ...(idField === undefined ? [] : [compileField(idField)])];
    this.#places = this.#fields.map(({ name }) => wanted.indexOf(name));
  }

  /** Takes up a block. */
  begin(block: JsonBlock): void {
    this.#block = block;
  }

  open(row: number): void {
    this.#row = row;
  }

  text(place: number): string | undefined {
    const { kind, raw } = this.#find(place);
    if (kind === jsonKind.absent || kind === jsonKind.text) return raw;
    const field = this.#fields[place];
    if (field === undefined) return undefined;
    const value: unknown = kind === jsonKind.escapedText ? this.#string(raw) : JSON.parse(fromByteText(raw ?? ''));
    return escaped(toByteText(fieldText(field, { [field.name]: value })));
  }

  id(): string | undefined {
    const { kind, raw } = this.#find(this.#fields.length - 1);
    if (raw === undefined || raw === '') return undefined;
    if (kind !== jsonKind.other) return this.#string(raw);
    const value: unknown = JSON.parse(fromByteText(raw));
    return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
  }

  #find(place: number): { readonly kind: number; readonly raw: string | undefined } {
    const { data, text } = this.#block ?? {};
    if (data === undefined || text === undefined) return { kind: jsonKind.absent, raw: undefined };
    const at = this.#row * data.fields + (this.#places[place] ?? 0);
    const kind = data.kinds[at] ?? jsonKind.absent;
    return { kind, raw: kind === jsonKind.absent ? undefined : text.slice(data.fieldStarts[at], data.fieldEnds[at]) };
  }

  #string(raw: string | undefined): string {
    const text = fromByteText(raw ?? '');
    // What stands between the quotes of a JSON string is one, put between quotes again.
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }
}

const doubledQuotes = /""/g;

/** A quote, a backslash or a control character. */
const escapable = /[^ !#-[\]-\xff]/;

/** A byte string as it stands inside a JSON string: what must be escaped is ASCII, and so are the escapes. */
export function escaped(text: string): string {
  return escapable.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
