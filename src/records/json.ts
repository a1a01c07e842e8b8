import type { ObjectTransform } from '../streams.ts';
import { JsonArrayRows } from './json-array-rows.ts';
import { type ParseOptions, ParseStage, type RowParser, type RowSink } from './parse-stage.ts';
import type { AnyValue } from './record.ts';
import { StringifyStage } from './stringify-stage.ts';

export interface ParseJsonOptions extends ParseOptions {
  /** Where the array is, as keys joined by dots, such as `data.items`. @default the whole file is the array */
  readonly path?: string;
}

/**
 * The bytes of a JSON file to the records of an array in it; keeps order. Elements that are not objects are rejected with
 * `parse_error`. A syntax error cannot be read past: what stood before it is delivered, and one last rejection,
 * marked `endsSource`, says where it is. Values are those of `JSON.parse`.
 *
 * @throws InputError `invalid_option`, `parse_error` (no array at `path`; without `onReject` any bad element)
 */
export function parseJson<T = AnyValue>(options: ParseJsonOptions = {}): ParseStage<T> {
  return new ParseStage<T>(jsonParser(options), options);
}

/** The parser behind {@link parseJson}. */
export function jsonParser({ path = '' }: ParseJsonOptions): (sink: RowSink) => RowParser {
  const keys = path === '' ? [] : path.split('.');
  return (sink) => new JsonArrayRows(sink, keys);
}

/** Records, or plain objects, to one JSON array, a record a line; keeps order. */
export function stringifyJson(): ObjectTransform<object, Buffer> {
  let separator = '[\n';
  return new StringifyStage({
    write({ value }) {
      const text = separator + JSON.stringify(value);
      separator = ',\n';
      return text;
    },
    end: () => (separator === '[\n' ? '[]\n' : '\n]\n'),
  });
}
