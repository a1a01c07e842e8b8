import { InputError, messageOf } from '../errors.ts';
import type { AnyValue, SourceRecord } from '../records/record.ts';
import type { ShardLimits } from '../shards/limits.ts';
import { compileField } from './field.ts';
import { defaultCustomId, safeCustomId } from './safe-id.ts';

/** Where the `custom_id` of a record comes from: a field (a path such as `meta.id` too), or a function. */
export type CustomIdSource<T = AnyValue> = string | ((value: T, record: SourceRecord<T>) => unknown);

/**
 * Makes the function that names a record: from the source given, or from its index (`record-0`, `record-1`, ...).
 * What it throws is an `InputError`: `invalid_custom_id` for an id that is no text or number, or empty; `template_error` where
 * the user's function failed.
 */
export function customIdOf<T>(source: CustomIdSource<T> | undefined): (record: SourceRecord<T>) => string {
  if (source === undefined) return ({ index }) => defaultCustomId(index);
  if (typeof source === 'function') return (record) => checkedId(call(source, record), 'The customId function gave');
  const field = compileField(source);
  const subject = `The id field ${JSON.stringify(field.name)} holds`;
  return ({ value }) => checkedId(field.read(value), subject);
}

function call<T>(source: (value: T, record: SourceRecord<T>) => unknown, record: SourceRecord<T>): unknown {
  try {
    return source(record.value, record);
  } catch (cause) {
    throw new InputError('template_error', `The customId function failed: ${messageOf(cause)}`, { cause });
  }
}

function checkedId(id: unknown, subject: string): string {
  if (typeof id === 'string' && id !== '') return id;
  if (typeof id === 'bigint' || (typeof id === 'number' && Number.isFinite(id))) return String(id);
  throw new InputError('invalid_custom_id', `${subject} ${describe(id)}; a custom_id is a text or a number, and not empty.`);
}

function describe(id: unknown): string {
  if (id === '') return 'an empty text';
  if (id === undefined) return 'nothing: the record has no such value';
  if (Array.isArray(id)) return 'an array';
  return id === null || typeof id === 'number' || typeof id === 'boolean' ? String(id) : `a value of type ${typeof id}`;
}

/**
 * The id to put on the wire: the user's own where the provider takes it, else a safe one made from it. The way back needs no
 * stored map: the same id always gives the same safe one.
 */
export function wireIdFor(customId: string, limits: Pick<ShardLimits, 'customIdPattern'>): string {
  return limits.customIdPattern.test(customId) ? customId : safeCustomId(customId);
}
