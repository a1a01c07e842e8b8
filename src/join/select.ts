import { InputError, messageOf } from '../errors.ts';
import type { AnyValue, JsonValue, SourceRecord } from '../records/record.ts';
import type { ObjectTransform } from '../streams.ts';
import { addFields, headerExtender, MapStage } from './add-fields.ts';
import type { JoinedRecord, Outcome } from './outcome.ts';
import { placeOf } from './source-id.ts';

/** The fields to add: a name for each, and the function that gives its value. */
export type SelectColumns<T = AnyValue, Json = JsonValue> = Readonly<Record<string, (outcome: Outcome<Json>, record: SourceRecord<T>) => unknown>>;

/**
 * A stage that makes of each joined record its source record with the fields you choose, after its own. Keeps order, and the source's header.
 * A field of the same name as one of the source takes its place. Fails with `template_error` where a function throws.
 *
 * @example
 * select({ label: (outcome) => outcome.text, cheap: (outcome, record) => Number(record.value['price']) < 5 })
 */
export function select<T = AnyValue, Json = JsonValue>(columns: SelectColumns<T, Json>): ObjectTransform<JoinedRecord<T, Json>, SourceRecord> {
  const headerOf = headerExtender(Object.keys(columns));
  return new MapStage(({ record, outcome }) => addFields(record, selected(columns, outcome, record), headerOf(record.header)));
}

function selected<T, Json>(columns: SelectColumns<T, Json>, outcome: Outcome<Json>, record: SourceRecord<T>): AnyValue {
  return Object.fromEntries(
    Object.entries(columns).map(([name, valueOf]) => {
      try {
        return [name, valueOf(outcome, record)];
      } catch (cause) {
        const message = `The function of the field "${name}" failed for ${placeOf(record)}: ${messageOf(cause)}.`;
        throw new InputError('template_error', message, { index: record.index, cause });
      }
    }),
  );
}
