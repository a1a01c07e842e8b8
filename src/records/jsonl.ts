import { messageOf } from '../errors.ts';
import type { ObjectTransform } from '../streams.ts';
import { findJsonError } from './json-error.ts';
import { type Line, LineSplitter } from './lines.ts';
import { isTooDeep, tooDeep } from './nesting.ts';
import { type ParseOptions, ParseStage, type RowParser, type RowSink } from './parse-stage.ts';
import { isBroken, notUtf8, rawText } from './raw-text.ts';
import type { AnyValue } from './record.ts';
import { StringifyStage } from './stringify-stage.ts';

/**
 * JSONL bytes to records; keeps order. Lines end at byte 0x0A only, CRLF is fine, blank lines are skipped. A line that is not
 * JSON, not an object or not UTF-8 is rejected with `parse_error`; its neighbors are read. Values are those of `JSON.parse`.
 *
 * @throws InputError `invalid_option`, `parse_error` (without `onReject`)
 */
export function parseJsonl<T = AnyValue>(options: ParseOptions = {}): ParseStage<T> {
  return new ParseStage<T>((sink) => new JsonLines(sink), options);
}

/** Records, or plain objects, to JSONL bytes; keeps order. */
export function stringifyJsonl(): ObjectTransform<object, Buffer> {
  return new StringifyStage({ write: ({ value }) => `${JSON.stringify(value)}\n`, end: () => '' });
}

/** Makes records of lines of JSON. */
export class JsonLines implements RowParser {
  readonly #sink: RowSink;
  readonly #splitter = new LineSplitter();

  constructor(sink: RowSink) {
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    for (const line of this.#splitter.push(bytes)) this.#readLine(line);
  }

  end(): void {
    for (const line of this.#splitter.end()) this.#readLine(line);
  }

  #readLine(line: Line): void {
    const text = line.bytes.toString('utf8');
    if (isBroken(text, line.bytes)) this.#reject(line, `the line ${notUtf8}`);
    else if (!isBlank(text)) this.#readJson(line, text);
  }

  #readJson(line: Line, text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.#reject(line, `the line is not JSON (${messageOf(error)}).`, findJsonError(text) + 1);
      return;
    }
    if (isTooDeep(text, value)) this.#reject(line, `the record ${tooDeep}.`);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) this.#sink.add(value, line.number);
    else this.#reject(line, 'the line is JSON, but not an object.', text.search(/\S/) + 1);
  }

  #reject({ number, bytes }: Line, what: string, column?: number): void {
    const place = column === undefined ? `line ${number}` : `line ${number}, column ${column}`;
    const raw = rawText(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes);
    this.#sink.reject({ message: `${this.#sink.file}, ${place}: ${what}`, line: number, raw, ...(column === undefined ? {} : { column }) });
  }
}

// Only JSON's own white space: `trim` would also take U+FEFF and U+2028, and hide a line that is wrong.
function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}
