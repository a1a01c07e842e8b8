import { InputError, messageOf, type ErrorCode } from '../errors.ts';
import type { AnyValue, SourceRecord } from '../records/record.ts';
import { defaultCustomId } from '../requests/safe-id.ts';

/**
 * Where the custom_id of a record comes from: the name of a field (or a path such as `meta.id`), or a function.
 * Numbers are written as text.
 */
export type CustomIdOption<T = AnyValue> = string | ((value: T, record: SourceRecord<T>) => unknown);

/** The custom_id of a record, or why it has none. */
export type SourceId = { readonly id: string } | { readonly code: ErrorCode; readonly message: string };

/** Reads the custom_id of a record; without an option it is made from the record's index. Pure. */
export function sourceIdOf<T>(record: SourceRecord<T>, customId: CustomIdOption<T> | undefined): SourceId {
  if (customId === undefined) return { id: defaultCustomId(record.index) };
  try {
    const found = typeof customId === 'string' ? fieldOf(record.value, customId) : customId(record.value, record);
    return checkedId(found, record, typeof customId === 'string' ? `field "${customId}"` : 'customId function');
  } catch (error) {
    return { code: 'template_error', message: `The customId function failed for ${placeOf(record)}: ${messageOf(error)}.` };
  }
}

function checkedId(found: unknown, record: SourceRecord<unknown>, origin: string): SourceId {
  if (typeof found === 'string' && found !== '') return { id: found };
  if (typeof found === 'bigint' || (typeof found === 'number' && Number.isFinite(found))) return { id: String(found) };
  const what = found === undefined ? 'nothing' : found === '' ? 'an empty text' : found === null ? 'null' : `a ${typeof found}`;
  return { code: 'invalid_custom_id', message: `The ${origin} gives ${what} for ${placeOf(record)}; a custom_id is a text or a number.` };
}

/** A field of that very name, or what a dotted path leads to. Own properties only: record data is never code. */
function fieldOf(value: unknown, name: string): unknown {
  const own = ownValue(value, name);
  if (own !== undefined || !name.includes('.')) return own;
  return name.split('.').reduce(ownValue, value);
}

function ownValue(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** Stops a join by a column that the source does not have, before any record of a whole file is called invalid. */
export function checkIdColumn(record: SourceRecord<unknown>, customId: unknown): void {
  const { header } = record;
  if (typeof customId !== 'string' || header === undefined || header.keys.includes(customId)) return;
  throw new InputError('unknown_column', `The source has no column "${customId}" for the custom_id. Its columns are: ${header.keys.join(', ')}.`);
}

/** A record as people find it: by its line, or by its position. */
export function placeOf(record: SourceRecord<unknown>): string {
  return record.line === undefined ? `record ${record.index}` : `the record in line ${record.line}`;
}
