import type { TransformCallback } from 'node:stream';
import { messageOf } from '../errors.ts';
import { sourceRecord, type AnyValue, type Header, type SourceRecord } from '../records/record.ts';
import { ObjectTransform } from '../streams.ts';

/** The fields of a record's value; a value that is no object (a text of a JSON array, say) stands in the field `value`. */
export function fieldsOf(value: unknown): AnyValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as AnyValue) : { value };
}

/** The record with more fields, after its own; in the header, where it has one, they come last. A field of the same name is replaced in its place. */
export function addFields(record: SourceRecord<unknown>, fields: AnyValue, header: Header | undefined): SourceRecord {
  return sourceRecord(record.index, merged(fieldsOf(record.value), fields), record.line, header);
}

/** Not by spreading both, which costs ten times as much; but that makes a field of `__proto__`, too. */
function merged(fields: AnyValue, more: AnyValue): AnyValue {
  return Object.hasOwn(fields, '__proto__') || Object.hasOwn(more, '__proto__') ? { ...fields, ...more } : Object.assign({}, fields, more);
}

/** Makes the headers of records that get these columns: one for each header they come with, which is one for each source. */
export function headerExtender(columns: readonly string[]): (header: Header | undefined) => Header | undefined {
  const known = new WeakMap<Header, Header>();
  return (header) => {
    if (header === undefined) return undefined;
    const extended = known.get(header) ?? extend(header, columns);
    known.set(header, extended);
    return extended;
  };
}

function extend({ keys, names }: Header, columns: readonly string[]): Header {
  const added = columns.filter((column) => !keys.includes(column));
  return { keys: [...keys, ...added], names: [...names, ...added] };
}

/** A stage that makes one output of each chunk, at once. Keeps order. */
export class MapStage<In, Out> extends ObjectTransform<In, Out> {
  readonly #map: (chunk: In) => Out;

  constructor(map: (chunk: In) => Out) {
    super({ objectMode: true });
    this.#map = map;
  }

  override _transform(chunk: In, _encoding: string, done: TransformCallback): void {
    let output: Out;
    try {
      output = this.#map(chunk);
    } catch (error) {
      done(error instanceof Error ? error : new Error(messageOf(error)));
      return;
    }
    done(null, output);
  }
}
