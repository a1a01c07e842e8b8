import { InputError, messageOf } from '../errors.ts';
import type { Header, OnReject, Rejection, SourceRecord } from '../records/record.ts';
import type { UnreadableRows } from '../records/unreadable.ts';
import type { Placing } from './place-requests.ts';
import type { SpooledRecord } from './stretch.ts';
import type { RowFormat } from './stretch-parts.ts';
import type { RowRange, StretchWriter } from './stretch-writer.ts';

export interface SpoolInput<T> extends Placing<T> {
  /** Where records are remembered. @default nowhere */
  readonly stretches?: StretchWriter;
  /** Path of the source, where it has one: rejections name it. */
  readonly file?: string;
  /** Awaited now and then: resolves when there is time for more. */
  readonly ready: () => Promise<void>;
  /** Threads that make request lines of rows, where nothing of the user's own has to see a record. @default 1: this one */
  readonly threads?: number;
  /** Told if threads were asked for and are of no use. */
  readonly onWarning?: (warning: string) => void;
  /** End at the first record that cannot be used. */
  readonly strict: boolean;
  /** Told of every record that is rejected, in source order. */
  readonly onReject?: OnReject;
  /** Called now and then with the number of records so far. */
  readonly onProgress?: (records: number) => void;
  readonly signal?: AbortSignal;
}

export interface Spooled {
  /** Source rows, unreadable ones included. */
  readonly records: number;
  readonly header?: Header;
  /** Field names of untyped records in order of first appearance. */
  readonly fields: readonly string[];
}

const progressEvery = 10_000;
const readyEvery = 100;
const maxFields = 10_000;

/**
 * Reads a source once: each record is placed or rejected, and remembered in a stretch either way.
 *
 * @param unreadable source rows that could not be read, as the reader reports them; taken out in order of their index
 */
export async function spoolRecords<T>(records: AsyncIterable<SourceRecord<T>>, unreadable: UnreadableRows, input: SpoolInput<T>): Promise<Spooled> {
  const spooler = new Spooler(input);
  unreadable.offerTo((row) => {
    const isNext = row.index === spooler.records;
    if (isNext) spooler.reject(row);
    return isNext;
  });
  try {
    for await (const record of records) {
      for (const row of unreadable.before(record.index)) spooler.reject(row);
      spooler.add(record);
      unreadable.offer();
      if (spooler.records % readyEvery === 0) await input.ready();
    }
    for (const row of unreadable.before(Infinity)) spooler.reject(row);
    return spooler.end();
  } catch (error) {
    input.stretches?.abort();
    throw error;
  }
}

/** Places records, or rejects them, and remembers them in order. */
export class Spooler<T> {
  readonly #input: SpoolInput<T>;
  readonly #fields = new Set<string>();
  #records = 0;
  #nextProgress = progressEvery;
  #header: Header | undefined;

  constructor(input: SpoolInput<T>) {
    this.#input = input;
  }

  /** Source rows so far, unreadable ones included. */
  get records(): number {
    return this.#records;
  }

  add(record: SourceRecord<T>): void {
    if (record.header) this.#header ??= record.header;
    else this.noteFields(record.value);
    const { index, value, line } = record;
    const known = { index, ...(line === undefined ? {} : { line }) };
    const kept = this.#input.stretches === undefined ? undefined : keep(value);
    if (typeof kept === 'object') return this.#reject({ ...known, ...kept });
    const place = this.#input.place(record);
    if ('code' in place) this.#reject({ ...known, value, ...place }, kept);
    else this.#remember({ ...known, ...place }, kept);
  }

  /** Remembers a record that could not be placed. */
  rejectRecord({ index, value, line }: SourceRecord<T>, rejection: Rejection): void {
    this.#reject({ index, ...(line === undefined ? {} : { line }), value, ...rejection });
  }

  end(): Spooled {
    this.#input.stretches?.end();
    return { records: this.#records, ...(this.#header === undefined ? {} : { header: this.#header }), fields: [...this.#fields] };
  }

  /** Remembers a row that could not be read. */
  reject(row: Rejection): void {
    this.#reject(row);
  }

  /** Remembers rows of the source that have been placed. */
  addRows(range: RowRange, format: RowFormat): void {
    if (format.kind === 'csv') this.#header ??= format.header;
    this.#input.stretches?.addRows(range, format);
    this.#count(range.to - range.from);
  }

  #reject({ value, ...rest }: Rejection, kept = this.#keep(value)): void {
    const { file, strict, onReject } = this.#input;
    const { index = this.#records, customId = '', line } = rest;
    const rejection = { ...(file === undefined ? {} : { file }), ...rest, index };
    if (strict) throw strictError(rejection);
    onReject?.({ ...rejection, ...(value === undefined ? {} : { value }) });
    this.#remember({ index, customId, shard: 0, ...(line === undefined ? {} : { line }), rejection }, kept);
  }

  #remember(record: Omit<SpooledRecord, 'value'>, kept: string | undefined): void {
    this.#input.stretches?.add(record, kept);
    this.#count(1);
  }

  #count(records: number): void {
    this.#records += records;
    if (this.#records < this.#nextProgress) return;
    this.#nextProgress = this.#records - (this.#records % progressEvery) + progressEvery;
    this.#input.signal?.throwIfAborted();
    this.#input.onProgress?.(this.#records);
  }

  /** A value that is known to be printable, or nothing where nothing is remembered. */
  #keep(value: unknown): string | undefined {
    return this.#input.stretches === undefined ? undefined : JSON.stringify(value);
  }

  /** Records without a header may differ in their fields; a CSV sink needs to know them all. */
  noteFields(value: T): void {
    if (typeof value !== 'object' || value === null || this.#fields.size >= maxFields) return;
    for (const key in value) this.#fields.add(key);
  }
}

/** A value as the JSON text that the run remembers, or why it cannot: objects of an iterable may hold themselves, or a BigInt. */
function keep(value: unknown): string | undefined | Pick<Rejection, 'code' | 'message'> {
  try {
    // Declared as a text, but `undefined` for a function or `undefined` itself.
    return JSON.stringify(value);
  } catch (error) {
    return { code: 'parse_error', message: `The record cannot be remembered as JSON: ${messageOf(error)}` };
  }
}

function strictError({ code, message, ...context }: Rejection): InputError {
  const { file, line, index } = context;
  const place = [...(file === undefined ? [] : [file]), line === undefined ? `record ${index}` : `line ${line}`].join(', ');
  return new InputError(code, `${place}: ${message}`, context);
}
