import { fieldsOf } from '../join/add-fields.ts';
import { columnConflict } from '../join/enrich.ts';
import { CanonicalObjects } from '../records/canonical-json.ts';
import { cellFormatter } from '../records/csv-cells.ts';
import type { Header } from '../records/record.ts';
import { toByteText } from '../results/byte-text.ts';
import type { StretchRows } from '../shards/stretch-reader.ts';
import { CanonicalRows } from './canonical-rows.ts';

/** Prints rows up to the result, in byte text. */
export interface RowPrinter {
  rowText(rows: StretchRows, row: number): string;
  valueText(value: unknown, index: number): string;
  /** The custom_id of the row that was printed last, where its text shows it. */
  idIn(rows: StretchRows, row: number): string | undefined;
}

/** Rows of a table that has the header of the source. */
export class TableRows implements RowPrinter {
  readonly #delimiter: string;
  readonly #header: Header;
  readonly #canonical: CanonicalRows;
  readonly #format: (values: readonly unknown[]) => string;

  constructor({ delimiter, header }: { readonly delimiter: string; readonly header: Header }) {
    this.#delimiter = delimiter;
    this.#header = header;
    this.#canonical = new CanonicalRows(delimiter);
    this.#format = cellFormatter(delimiter);
  }

  rowText({ block }: StretchRows, row: number): string {
    const isMoved = block.kind === 'csv' && block.isSound(row) && block.scan.isOf(this.#delimiter, '"');
    return isMoved ? this.#canonical.textOf(block.scan, row) : this.valueText(block.valueOf(row));
  }

  valueText(value: unknown): string {
    const fields = fieldsOf(value);
    return toByteText(this.#format(this.#header.keys.map((key) => (Object.hasOwn(fields, key) ? fields[key] : ''))));
  }

  idIn(): undefined {
    return undefined;
  }
}

/** Objects, open for one more member. */
export class ObjectRows implements RowPrinter {
  readonly #key: string;
  #objects: CanonicalObjects | undefined;
  #idField: string | undefined;
  #id: string | undefined;

  constructor(key: string) {
    this.#key = key;
  }

  rowText({ block, idField, index }: StretchRows, row: number): string {
    this.#id = undefined;
    if (this.#objects === undefined || this.#idField !== idField) this.#objects = new CanonicalObjects(idField, this.#key);
    this.#idField = idField;
    const objects = this.#objects;
    if (block.kind === 'json') {
      const { text, starts, ends } = block;
      const start = starts[row] ?? 0;
      const feed = text.charCodeAt((ends[row] ?? 0) - 1) === 0x0a ? (ends[row] ?? 0) - 1 : (ends[row] ?? 0);
      const end = text.charCodeAt(feed - 1) === 0x0d ? feed - 1 : feed;
      if (end - start > 2 && objects.read(text, start, end)) {
        const { valueStart, valueEnd } = objects;
        const id = valueStart === -1 || text.charCodeAt(valueStart) !== 0x22 ? '' : text.slice(valueStart + 1, valueEnd - 1);
        if (/^[ !#-[\]-~]+$/.test(id)) this.#id = id;
        return `${text.slice(start, end - 1)},`;
      }
    }
    return this.valueText(block.valueOf(row), index + row);
  }

  valueText(value: unknown, index: number): string {
    this.#id = undefined;
    const fields = fieldsOf(value);
    if (Object.hasOwn(fields, this.#key)) throw columnConflict(this.#key, ` (record ${index})`, { index });
    const text = toByteText(JSON.stringify(fields));
    return text === '{}' ? '{' : `${text.slice(0, -1)},`;
  }

  idIn(): string | undefined {
    return this.#id;
  }
}
