import { InputError, messageOf } from '../errors.ts';
import { setField } from '../records/fields.ts';
import type { AnyValue, JsonValue, SourceRecord } from '../records/record.ts';
import type { ObjectTransform } from '../streams.ts';
import { addFields, headerExtender, MapStage } from './add-fields.ts';
import type { JoinedRecord, Outcome } from './outcome.ts';
import { placeOf } from './source-id.ts';

/** The fields to add: a name for each, and the function that gives its value. */
export type SelectColumns<T = AnyValue, Json = JsonValue> = Readonly<Record<string, SelectColumn<T, Json>>>;

type SelectColumn<T, Json> = (outcome: Outcome<Json>, record: SourceRecord<T>) => unknown;

/**
 * A stage that makes of each joined record its source record with the fields you choose, after its own. Keeps order, and the source's header.
 * A field of the same name as one of the source takes its place. Fails with `template_error` where a function throws.
 *
 * @example
 * select({ label: (outcome) => outcome.text, cheap: (outcome, record) => Number(record.value['price']) < 5 })
 */
export function select<T = AnyValue, Json = JsonValue>(columns: SelectColumns<T, Json>): ObjectTransform<JoinedRecord<T, Json>, SourceRecord> {
  const entries = Object.entries(columns);
  const headerOf = headerExtender(entries.map(([name]) => name));
  return new MapStage(({ record, outcome }) => addFields(record, selected(entries, outcome, record), headerOf(record.header)));
}

function selected<T, Json>(columns: readonly (readonly [string, SelectColumn<T, Json>])[], outcome: Outcome<Json>, record: SourceRecord<T>): AnyValue {
  const fields: Record<string, unknown> = {};
  for (const [name, valueOf] of columns) setField(fields, name, call(name, valueOf, outcome, record));
  return fields;
}

function call<T, Json>(name: string, valueOf: SelectColumn<T, Json>, outcome: Outcome<Json>, record: SourceRecord<T>): unknown {
  try {
    return valueOf(outcome, record);
  } catch (cause) {
    const message = `The function of the field "${name}" failed for ${placeOf(record)}: ${messageOf(cause)}.`;
    throw new InputError('template_error', message, { index: record.index, cause });
  }
}
