import type { TransformCallback } from 'node:stream';
import { InputError, messageOf, MillraceError } from '../errors.ts';
import { ObjectTransform } from '../streams.ts';
import { type Header, isSourceRecord } from './record.ts';

/** A record on its way out, whether it came as a record or as a plain object. */
export interface OutputRecord {
  /** 0-based; a plain object is numbered by its place in the output. */
  readonly index: number;
  readonly value: Readonly<Record<string, unknown>>;
  readonly header: Header | undefined;
}

/** A format proper: records in, text out; it knows no stream. */
export interface RecordWriter {
  write(record: OutputRecord): string;
  end(): string;
}

/** A stage of many small texts would cost more in chunks than in bytes: text is gathered up to this many characters. */
const gatherLength = 64 * 1024;

/**
 * A chunk as a record for output.
 *
 * @throws InputError `invalid_option` for what is no object
 */
export function outputRecord(chunk: unknown, position: number): OutputRecord {
  const { index, value, header } = isSourceRecord(chunk) ? chunk : { index: position, value: chunk, header: undefined };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('invalid_option', `Record ${index} is not an object with fields, but ${describe(value)}; turn it into one before it is written.`, { index });
  }
  // An object that is no array: its fields are read as they are.
  return { index, value: value as Record<string, unknown>, header };
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** Runs a {@link RecordWriter} as a stage. Keeps order. */
export class StringifyStage extends ObjectTransform<object, Buffer> {
  readonly #writer: RecordWriter;
  #text: string[] = [];
  #length = 0;
  #count = 0;

  constructor(writer: RecordWriter) {
    super({ writableObjectMode: true, readableObjectMode: false });
    this.#writer = writer;
  }

  override _transform(chunk: unknown, _encoding: string, done: TransformCallback): void {
    try {
      const record = outputRecord(chunk, this.#count);
      this.#count += 1;
      this.#add(this.#write(record));
    } catch (error) {
      // Only errors are thrown above.
      done(error as Error);
      return;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#add(this.#writer.end());
    this.#send();
    done();
  }

  #write(record: OutputRecord): string {
    try {
      return this.#writer.write(record);
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      throw new InputError('invalid_option', `Record ${record.index} cannot be written: ${messageOf(error)}.`, { index: record.index, cause: error });
    }
  }

  #add(text: string): void {
    this.#text.push(text);
    this.#length += text.length;
    if (this.#length >= gatherLength) this.#send();
  }

  #send(): void {
    if (this.#length === 0) return;
    this.push(Buffer.from(this.#text.join(''), 'utf8'));
    this.#text = [];
    this.#length = 0;
  }
}
