import { messageOf } from '../errors.ts';
import type { ObjectTransform } from '../streams.ts';
import { findJsonError } from './json-error.ts';
import { LineSplitter } from './lines.ts';
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
    for (const line of this.#splitter.push(bytes)) readJsonLine(this.#sink, line.bytes, line.number);
  }

  end(): void {
    for (const line of this.#splitter.end()) readJsonLine(this.#sink, line.bytes, line.number);
  }
}

type LineSink = Pick<RowSink, 'file' | 'add' | 'reject'>;

/** Gives one line, without its line feed, to a sink: as a record, as a rejection, or not at all if it is blank. */
export function readJsonLine(sink: LineSink, bytes: Buffer, line: number): void {
  const text = bytes.toString('utf8');
  if (isBroken(text, bytes)) reject(sink, bytes, line, `the line ${notUtf8}`);
  else if (!isBlank(text)) readJson(sink, text, bytes, line);
}

function readJson(sink: LineSink, text: string, bytes: Buffer, line: number): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    reject(sink, bytes, line, `the line is not JSON (${messageOf(error)}).`, findJsonError(text) + 1);
    return;
  }
  if (isTooDeep(text, value)) reject(sink, bytes, line, `the record ${tooDeep}.`);
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) sink.add(value, line);
  else reject(sink, bytes, line, 'the line is JSON, but not an object.', text.search(/\S/) + 1);
}

function reject(sink: LineSink, bytes: Buffer, line: number, what: string, column?: number): void {
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  const raw = rawText(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes);
  sink.reject({ message: `${sink.file}, ${place}: ${what}`, line, raw, ...(column === undefined ? {} : { column }) });
}

// Only JSON's own white space: `trim` would also take U+FEFF and U+2028, and hide a line that is wrong.
function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}
