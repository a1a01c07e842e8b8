import { type FileHandle, open } from 'node:fs/promises';
import { InputError, messageOf, MillraceError, systemCodeOf } from '../errors.ts';
import { ObjectReadable } from '../streams.ts';
import { setField } from './fields.ts';
import { type ColumnRange, readRanges } from './parquet-ranges.ts';
import { plainValue } from './parquet-values.ts';
import { type AnyValue, type Header, sourceRecord, type SourceRecord } from './record.ts';
import type { RecordStream } from './record-stream.ts';

/**
 * The records of a Parquet file, a range of rows at a time; keeps order. Integers of 64 bits become numbers where these are
 * exact, else strings; times become ISO strings; bytes become text if they are UTF-8, else base64. Needs the package
 * `hyparquet`, and `hyparquet-compressors` for files that are not compressed by Snappy.
 *
 * @param limit - how many records at most
 * @throws InputError `missing_dependency`, `file_not_found`, `parse_error`, through the stream
 */
export function readParquet<T = AnyValue>(path: string, limit: number): RecordStream<T> {
  return new ParquetSource<T>(path, limit);
}

class ParquetSource<T> extends ObjectReadable<SourceRecord<T>> {
  readonly #path: string;
  readonly #limit: number;
  #handle: FileHandle | undefined;
  #ranges: AsyncIterator<ColumnRange> | undefined;
  #range: ColumnRange = { names: [], columns: [], rows: 0 };
  #header: Header = { keys: [], names: [] };
  #row = 0;
  #index = 0;
  #pumping = false;

  constructor(path: string, limit: number) {
    super({ objectMode: true });
    this.#path = path;
    this.#limit = limit;
  }

  override _read(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#pump().then(
      () => (this.#pumping = false),
      (error: Error) => this.destroy(explain(error, this.#path)),
    );
  }

  /** Pushes records until no more are wanted for now. */
  async #pump(): Promise<void> {
    while (!this.destroyed) {
      if (this.#index >= this.#limit || (this.#row >= this.#range.rows && !(await this.#nextRange()))) {
        this.push(null);
        return;
      }
      while (this.#row < this.#range.rows && this.#index < this.#limit) if (!this.#pushRow()) return;
    }
  }

  async #nextRange(): Promise<boolean> {
    if (this.#ranges === undefined) {
      this.#handle = await open(this.#path);
      this.#ranges = readRanges(this.#handle)[Symbol.asyncIterator]();
    }
    // Let go of before the next is read: two ranges would be twice the memory.
    this.#range = { ...this.#range, columns: [] };
    const next = await this.#ranges.next();
    if (next.done) return false;
    if (this.#row === 0) this.#header = { keys: next.value.names, names: next.value.names };
    this.#range = next.value;
    this.#row = 0;
    return true;
  }

  #pushRow(): boolean {
    const { names, columns } = this.#range;
    const value: Record<string, unknown> = {};
    for (const [position, name] of names.entries()) setField(value, name, plainValue(columns[position]?.[this.#row]));
    this.#row += 1;
    this.#index += 1;
    return this.push(sourceRecord(this.#index - 1, value, undefined, this.#header));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const closed = this.#handle?.close() ?? Promise.resolve();
    closed.then(() => done(error), done);
  }
}

function explain(error: Error, file: string): Error {
  if (error instanceof MillraceError) return error;
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') return new InputError('file_not_found', `${file} cannot be read: ${error.message}`, { file, cause: error });
  return new InputError('parse_error', `${file} cannot be read as Parquet: ${messageOf(error)}`, { file, cause: error });
}
