import { InputError } from '../errors.ts';

/** The types of column that are written. */
export type ColumnType = 'BOOLEAN' | 'DOUBLE' | 'STRING' | 'JSON';

const typeByKind: Readonly<Record<string, ColumnType>> = { boolean: 'BOOLEAN', number: 'DOUBLE', string: 'STRING' };

/**
 * The type of a column, by its values in the first row group: all booleans, all numbers or all strings, else JSON, which
 * holds anything. Numbers are always DOUBLE (whole up to 2^53), so that a fraction further down the file still fits.
 */
export function columnTypeOf(values: readonly unknown[]): ColumnType {
  const kinds = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  const [kind] = kinds;
  return (kinds.size === 1 && kind !== undefined ? typeByKind[kind] : undefined) ?? 'JSON';
}

/**
 * A value as its column holds it. In a column of strings anything else becomes JSON text.
 *
 * @throws InputError `invalid_option` where a column of numbers or booleans meets another value further down
 */
export function fitValue(value: unknown, type: ColumnType, column: string, index: number): unknown {
  if (value === null || type === 'JSON') return value;
  if (typeByKind[typeof value] === type) return value;
  if (type === 'STRING') return JSON.stringify(value);
  const kind = type === 'DOUBLE' ? 'numbers' : 'true and false';
  const message = `Record ${index}: the Parquet column ${JSON.stringify(column)} was begun with ${kind} only, and cannot hold ${JSON.stringify(value)}. Write JSONL or CSV, or make the field one type.`;
  throw new InputError('invalid_option', message, { index });
}
