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

/** Bytes of a chunk. Many small ones would cost more than what is in them, in the stages behind and in calls of the system. */
const chunkBytes = 256 * 1024;
/** UTF-8 takes no more for a UTF-16 unit. */
const mostBytes = 3;

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
  #chunk: Buffer = Buffer.alloc(0);
  #used = 0;
  #count = 0;

  constructor(writer: RecordWriter) {
    // Room for a chunk that is written and one that waits: no record is held up meanwhile.
    super({ writableObjectMode: true, readableObjectMode: false, readableHighWaterMark: chunkBytes * 2 });
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

  /** Each text is encoded by itself: most are free of wide characters, and so cheap to encode, which all of a chunk together seldom are. */
  #add(text: string): void {
    if (text.length * mostBytes > chunkBytes) {
      this.#send();
      this.push(Buffer.from(text, 'utf8'));
      return;
    }
    if (text.length * mostBytes > this.#chunk.length - this.#used) {
      this.#send();
      this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
    }
    this.#used += this.#chunk.write(text, this.#used, 'utf8');
  }

  #send(): void {
    if (this.#used === 0) return;
    this.push(this.#chunk.subarray(0, this.#used));
    this.#chunk = Buffer.alloc(0);
    this.#used = 0;
  }
}
