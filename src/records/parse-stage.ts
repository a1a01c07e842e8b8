import type { TransformCallback } from 'node:stream';
import { InputError } from '../errors.ts';
import { ObjectTransform } from '../streams.ts';
import { checkChoice } from './format.ts';
import { encodings, Utf8Converter, type Encoding } from './encoding.ts';
import type { CsvBlock } from './csv-block.ts';
import type { JsonBlock } from './json-block.ts';
import { type AnyValue, type Header, type OnReject, type Rejection, sourceRecord, type SourceRecord } from './record.ts';

/** Options that every parse stage takes. */
export interface ParseOptions {
  /** How the text is stored. @default by the byte order mark, else UTF-8 */
  readonly encoding?: Encoding;
  /** Receives each record that cannot be parsed; the rest goes on. @default the first one ends the stream with its error */
  readonly onReject?: OnReject;
  /** Told the header of a tabular source as soon as it is known: the only word of it where no record follows. */
  readonly onHeader?: (header: Header) => void;
  /** Name of the source for messages. @default `input` */
  readonly fileName?: string;
  /** Stop after this many rows, those that are rejected included. @default all */
  readonly limit?: number;
}

/** What is wrong with one row, as a parser knows it. */
export type Fault = Pick<Rejection, 'message' | 'line' | 'column' | 'raw' | 'value' | 'endsSource'>;

/** Where a parser puts what it reads: rows are numbered here, the rejected ones included. */
export interface RowSink {
  readonly file: string;
  /** True once `limit` is reached: a parser may stop early. */
  readonly full: boolean;
  begin(header: Header): void;
  add(value: unknown, line: number | undefined, header?: Header): void;
  reject(fault: Fault): void;
  /** Takes whole blocks of rows, instead of record after record, from those parsers that find rows before they read them. */
  addBlock?: (block: CsvBlock | JsonBlock) => void;
  /** Of JSON, the fields whose values are wanted of each row of a block; without them rows are found, and not looked into. */
  readonly wantedFields?: readonly string[] | undefined;
}

/** A parser proper: bytes in, rows out; it knows no stream. The bytes are UTF-8 without a byte order mark. */
export interface RowParser {
  push(bytes: Buffer): void;
  end(): void;
  /** Memory to read the next bytes to, while those before are still in use; of parsers that keep no bytes, or memory of their own. */
  room?(): Buffer | undefined;
  /** Of parsers that work ahead: resolves when there is room for more, or with `isLast` when all that was pushed is read. */
  settle?(isLast: boolean): Promise<void>;
  /** Lets go of what such a parser works with. */
  close?(): void;
}

/** The one error of a bad row, for those who did not ask for rejections. */
export function rejectionError({ code, message, value: _value, endsSource: _endsSource, ...context }: Rejection): InputError {
  return new InputError(code, message, context);
}

/** Runs a {@link RowParser} as a stage: chunks of bytes, cut anywhere, become records. Keeps order. */
export class ParseStage<T = AnyValue> extends ObjectTransform<Buffer, SourceRecord<T>> implements RowSink {
  readonly file: string;
  readonly #onReject: OnReject | undefined;
  readonly #onHeader: ((header: Header) => void) | undefined;
  readonly #limit: number;
  readonly #converter: Utf8Converter;
  readonly #parser: RowParser;
  #rows = 0;
  #open: (() => void) | undefined;
  #ownsSource = false;

  constructor(makeParser: (sink: RowSink) => RowParser, { encoding, onReject, onHeader, fileName = 'input', limit = Infinity }: ParseOptions) {
    super({ writableObjectMode: false, readableObjectMode: true });
    this.file = fileName;
    this.#onReject = onReject;
    this.#onHeader = onHeader;
    this.#limit = checkLimit(limit);
    this.#converter = new Utf8Converter(encoding === undefined ? undefined : checkChoice('encoding', encodings, encoding));
    this.#parser = makeParser(this);
  }

  /** Has a source opened when the first record is asked for, not before. */
  openOnRead(open: () => void): void {
    this.#open = open;
    this.#ownsSource = true;
  }

  override _read(size: number): void {
    const open = this.#open;
    this.#open = undefined;
    open?.();
    super._read(size);
  }

  get full(): boolean {
    return this.#rows >= this.#limit;
  }

  begin(header: Header): void {
    this.#onHeader?.(header);
  }

  add(value: unknown, line: number | undefined, header?: Header): void {
    if (this.full) return;
    // The caller says what the rows hold, as with `JSON.parse(...) as T`.
    this.push(sourceRecord(this.#rows, value as T, line, header));
    this.#rows += 1;
  }

  reject(fault: Fault): void {
    if (this.full) return;
    const rejection: Rejection = { code: 'parse_error', index: this.#rows, file: this.file, ...fault };
    this.#rows += 1;
    if (this.#onReject === undefined) throw rejectionError(rejection);
    this.#onReject(rejection);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#attempt(() => this.#feed(this.#converter.push(chunk)), done);
  }

  override _flush(done: TransformCallback): void {
    this.#attempt(() => {
      this.#feed(this.#converter.end());
      if (!this.full) this.#parser.end();
    }, done);
  }

  #feed(bytes: Buffer): void {
    if (bytes.length > 0 && !this.full) this.#parser.push(bytes);
  }

  #attempt(step: () => void, done: TransformCallback): void {
    try {
      step();
    } catch (error) {
      // Only errors are thrown here: our own, or those of a user's `onReject`.
      done(error as Error);
      return;
    }
    if (this.full) this.push(null);
    // With the limit reached the rest is not wanted: the stage takes no more, so that a source of its own is closed. In the middle of a
    // pipeline that would be an error, and the rest is taken and dropped.
    if (this.full && this.#ownsSource) this.once('end', () => this.destroy());
    else done();
  }
}

/** @throws InputError `invalid_option` */
export function checkLimit(limit: number): number {
  if (limit === Infinity || (Number.isSafeInteger(limit) && limit >= 0)) return limit;
  throw new InputError('invalid_option', `\`limit\` must be a whole number of records, not ${JSON.stringify(limit)}.`);
}
