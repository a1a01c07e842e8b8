import { isUtf8 } from 'node:buffer';
import { CanonicalObjects } from '../records/canonical-json.ts';
import { Utf8Converter } from '../records/encoding.ts';
import { readJsonLine } from '../records/jsonl.ts';
import { ReadMemory } from '../records/read-memory.ts';
import { checkLimit, type Fault, type ParseOptions, type RowSink } from '../records/parse-stage.ts';
import { sourceRecord, type Rejection, type SourceRecord } from '../records/record.ts';
import { fromByteText, toByteText } from '../results/byte-text.ts';
import type { RowText, RowTextReader } from './row-text.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

export interface JsonlRowOptions extends Pick<ParseOptions, 'encoding' | 'fileName' | 'limit'> {
  /** The top-level field that names a record; none where records are named by their index. */
  readonly idField: string | undefined;
  /** The key of the result. */
  readonly resultKey: string;
  /** Called for a record that has a field of that name. */
  readonly onConflict: (record: SourceRecord) => never;
}

/**
 * Reads JSONL for an output of JSONL. Fast because a line that `JSON.stringify` would print the same is neither parsed nor printed
 * nor even decoded; any other goes through the parser of the composed stages.
 */
export class JsonlRowTexts implements RowTextReader, RowSink {
  readonly file: string;
  readonly headerText = '';
  readonly #options: JsonlRowOptions;
  readonly #limit: number;
  readonly #converter: Utf8Converter;
  readonly #objects: CanonicalObjects;
  readonly #memory = new ReadMemory();
  #held: Buffer[] = [];
  #rows = 0;
  #line = 1;
  #found: (RowText | Rejection)[] = [];

  constructor(options: JsonlRowOptions) {
    this.#options = options;
    this.file = options.fileName ?? 'input';
    this.#limit = checkLimit(options.limit ?? Infinity);
    this.#converter = new Utf8Converter(options.encoding);
    this.#objects = new CanonicalObjects(options.idField, options.resultKey);
  }

  get full(): boolean {
    return this.#rows >= this.#limit;
  }

  room(): Buffer {
    return this.#memory.next();
  }

  push(bytes: Buffer): readonly (RowText | Rejection)[] {
    this.#take(this.#converter.push(bytes));
    return this.#release();
  }

  end(): readonly (RowText | Rejection)[] {
    this.#take(this.#converter.end());
    if (this.#held.length > 0) this.#readLines(Buffer.concat([...this.#held, Buffer.of(lineFeed)]));
    return this.#release();
  }

  recordOf({ index, line, text, record }: RowText): SourceRecord {
    // A row without a record is the text of an object, but for its end.
    return record ?? sourceRecord(index, JSON.parse(`${fromByteText(text.slice(0, -1))}}`) as SourceRecord['value'], line);
  }

  begin(): void {}

  /** Called with the value of a line that is not as `JSON.stringify` prints it. */
  add(value: unknown, line: number | undefined): void {
    if (this.full) return;
    // The parser gives objects only, and knows the line.
    const record = sourceRecord(this.#rows, value as SourceRecord['value'], line);
    if (Object.hasOwn(record.value, this.#options.resultKey)) this.#options.onConflict(record);
    this.#found.push({ index: this.#rows, line: line ?? 0, text: opened(toByteText(JSON.stringify(value))), record });
    this.#rows += 1;
  }

  reject(fault: Fault): void {
    if (this.full) return;
    this.#found.push({ code: 'parse_error', index: this.#rows, file: this.file, ...fault });
    this.#rows += 1;
  }

  #release(): readonly (RowText | Rejection)[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Reads the lines that are whole, and holds the rest. */
  #take(bytes: Buffer): void {
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      this.#readLines(this.#held.length === 0 ? bytes.subarray(0, end) : Buffer.concat([...this.#held, bytes.subarray(0, end)]));
      this.#held = [];
    }
    // A copy: what it was read to is used again.
    if (end < bytes.length) this.#held.push(Buffer.from(bytes.subarray(end)));
  }

  /** @param block whole lines, each with its line feed */
  #readLines(block: Buffer): void {
    const isSound = isUtf8(block);
    const text = block.toString('latin1');
    for (let start = 0; start < text.length && !this.full; this.#line += 1) {
      const feed = text.indexOf('\n', start);
      const end = text.charCodeAt(feed - 1) === carriageReturn && feed > start ? feed - 1 : feed;
      if (isSound && this.#objects.read(text, start, end) && end - start > 2) this.#addText(text, start, end);
      else readJsonLine(this, block.subarray(start, feed), this.#line);
      start = feed + 1;
    }
  }

  #addText(text: string, start: number, end: number): void {
    const row = `${text.slice(start, end - 1)},`;
    const id = this.#idIn(text);
    this.#found.push(id === undefined ? { index: this.#rows, line: this.#line, text: row } : { index: this.#rows, line: this.#line, text: row, id });
    this.#rows += 1;
  }

  /** An id that stands there as it is: a text without escapes, or a number. */
  #idIn(text: string): string | undefined {
    const { valueStart, valueEnd } = this.#objects;
    if (valueStart < 0) return undefined;
    const code = text.charCodeAt(valueStart);
    if (code === quote) {
      const id = text.slice(valueStart + 1, valueEnd - 1);
      return id === '' || id.includes('\\') ? undefined : id;
    }
    return code === 0x2d || (code >= 0x30 && code <= 0x39) ? text.slice(valueStart, valueEnd) : undefined;
  }
}

/** An object open for one more member. */
function opened(object: string): string {
  return object === '{}' ? '{' : `${object.slice(0, -1)},`;
}
