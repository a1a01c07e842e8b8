import { checkColumns, chooseColumns } from './columns.ts';
import { cellQuoter } from './csv-quoting.ts';
import type { OutputRecord, RecordWriter } from './stringify-stage.ts';

/**
 * Writes records as CSV rows, the header first.
 *
 * Fast because a record that has just the fields of the header, in its order, is read field by field: which of them it has, and whether it
 * has others, is asked of other records only.
 */
export class CellWriter implements RecordWriter {
  readonly #delimiter: string;
  readonly #columns: readonly string[] | undefined;
  readonly #quote: (text: string) => string;
  #hasBegun = false;
  #keys: readonly string[] = [];
  #known: ReadonlySet<string> = new Set();

  constructor(delimiter: string, columns: readonly string[] | undefined) {
    this.#delimiter = delimiter;
    this.#columns = columns;
    this.#quote = cellQuoter(delimiter);
  }

  write(record: OutputRecord): string {
    const header = this.#hasBegun ? '' : this.#begin(record);
    return header + this.#row(this.#valuesOf(record));
  }

  /** A header without records, where the columns were given. */
  end(): string {
    if (this.#hasBegun || this.#columns === undefined) return '';
    return this.#begin({ index: 0, value: {}, header: undefined });
  }

  #begin(record: OutputRecord): string {
    const { keys, names } = chooseColumns(record, this.#columns);
    this.#hasBegun = true;
    this.#keys = keys;
    this.#known = new Set(keys);
    return this.#row(names);
  }

  #valuesOf(record: OutputRecord): readonly unknown[] {
    const { value } = record;
    if (isEqual(Object.keys(value), this.#keys)) return Object.values(value);
    checkColumns(record, this.#known);
    return this.#keys.map((key) => (Object.hasOwn(value, key) ? value[key] : ''));
  }

  #row(values: readonly unknown[]): string {
    const text = rowText(values, this.#delimiter, this.#quote);
    // In a table with a single column an empty cell would be a blank line, which readers skip: it is quoted.
    return text === '' && values.length === 1 ? '""\n' : `${text}\n`;
  }
}

/**
 * Makes the function that prints values as neighbouring cells of a longer CSV row, quoted as {@link CellWriter} quotes them; no line
 * feed. For writers that put rows together themselves.
 */
export function cellFormatter(delimiter: string): (values: readonly unknown[]) => string {
  const quote = cellQuoter(delimiter);
  return (values) => rowText(values, delimiter, quote);
}

function rowText(values: readonly unknown[], delimiter: string, quote: (text: string) => string): string {
  let row = '';
  for (let column = 0; column < values.length; column += 1) row += (column === 0 ? '' : delimiter) + quote(cellText(values[column]));
  return row;
}

function cellText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? '');
}

function isEqual(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at += 1) if (some[at] !== others[at]) return false;
  return true;
}
