import { Stringifier } from 'csv-stringify';
import { checkColumns, chooseColumns } from './columns.ts';
import type { OutputRecord, RecordWriter } from './stringify-stage.ts';

/** Writes records as CSV rows, the header first. */
export class CellWriter implements RecordWriter {
  readonly #delimiter: string;
  readonly #columns: readonly string[] | undefined;
  #rows: RowText | undefined;
  #keys: readonly string[] = [];
  #known: ReadonlySet<string> = new Set();

  constructor(delimiter: string, columns: readonly string[] | undefined) {
    this.#delimiter = delimiter;
    this.#columns = columns;
  }

  write(record: OutputRecord): string {
    const header = this.#rows === undefined ? this.#begin(record) : '';
    checkColumns(record, this.#known);
    return header + this.#row(this.#keys.map((key) => (Object.hasOwn(record.value, key) ? cellText(record.value[key]) : '')));
  }

  /** A header without records, where the columns were given. */
  end(): string {
    if (this.#rows !== undefined || this.#columns === undefined) return '';
    return this.#begin({ index: 0, value: {}, header: undefined });
  }

  #begin(record: OutputRecord): string {
    const { keys, names } = chooseColumns(record, this.#columns);
    // In a table with a single column an empty cell would be a blank line, which readers skip: it is quoted.
    this.#rows = new RowText(this.#delimiter, keys.length === 1);
    this.#keys = keys;
    this.#known = new Set(keys);
    return this.#row(names);
  }

  #row(cells: readonly string[]): string {
    return this.#rows?.format(cells) ?? '';
  }
}

/**
 * Makes the function that prints values as neighbouring cells of a longer CSV row, quoted as {@link CellWriter} quotes them; no line
 * feed. For writers that put rows together themselves.
 */
export function cellFormatter(delimiter: string): (values: readonly unknown[]) => string {
  const rows = new RowText(delimiter, false);
  return (values) => rows.format(values.map(cellText)).slice(0, -1);
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? '');
}

/** csv-stringify, driven by hand: one row in, its text out. */
class RowText extends Stringifier {
  #text = '';

  constructor(delimiter: string, quoteEmpty: boolean) {
    // Quoted too: a bare CR, which ends a row for many readers; outer spaces, which some trim; a byte order mark, which vanishes.
    super({ delimiter, quoted_empty: quoteEmpty, quoted_match: /\r|^\s|\s$/, record_delimiter: '\n', eof: true });
  }

  format(cells: readonly string[]): string {
    this.#text = '';
    this._transform(cells, 'utf8', throwIfAny);
    return this.#text;
  }

  /** Called by csv-stringify with the text of the row. */
  override push(text: string): boolean {
    this.#text += text;
    return true;
  }
}

function throwIfAny(error?: Error | null): void {
  if (error) throw error;
}
