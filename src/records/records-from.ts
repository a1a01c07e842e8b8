import { Readable } from 'node:stream';
import { checkLimit } from './parse-stage.ts';
import { readRecords, type ReadOptions } from './read.ts';
import { type AnyValue, isSourceRecord, sourceRecord, type SourceRecord } from './record.ts';
import { endOnAbort, type RecordStream } from './record-stream.ts';

/**
 * Where records can come from: the path of a file, a stream of bytes, or anything that gives values or records one by one: an array, an
 * iterable, an async iterable, a stream of objects.
 */
export type Source<T = AnyValue> = string | Readable | Iterable<T | SourceRecord<T>> | AsyncIterable<T | SourceRecord<T>>;

/**
 * The records of any source, in order. A path or a stream of bytes is read as `readRecords` does, with its options. Plain
 * values are numbered from 0; what already is a record passes as it is.
 *
 * @example for await (const record of recordsFrom([{ id: 'a' }, { id: 'b' }])) console.log(record.index);
 */
export function recordsFrom<T = AnyValue>(source: Source<T>, options: ReadOptions = {}): RecordStream<T> {
  if (typeof source === 'string' || (source instanceof Readable && !source.readableObjectMode)) return readRecords<T>(source, options);
  const limit = checkLimit(options.limit ?? Infinity);
  // An object stream is an async iterable of what its maker says it holds.
  const values = source as Iterable<T | SourceRecord<T>> | AsyncIterable<T | SourceRecord<T>>;
  const records = Readable.from(Symbol.asyncIterator in values ? numberLater(values, limit) : number(values, limit));
  if (options.signal !== undefined) endOnAbort(options.signal, records);
  return records;
}

function* number<T>(values: Iterable<T | SourceRecord<T>>, limit: number): Generator<SourceRecord<T>> {
  let index = 0;
  if (limit === 0) return;
  for (const value of values) {
    yield asRecord(value, index);
    index += 1;
    // Checked here rather than above, so that no value is taken that is not wanted.
    if (index >= limit) return;
  }
}

async function* numberLater<T>(values: AsyncIterable<T | SourceRecord<T>>, limit: number): AsyncGenerator<SourceRecord<T>> {
  let index = 0;
  if (limit === 0) return;
  for await (const value of values) {
    yield asRecord(value, index);
    index += 1;
    if (index >= limit) return;
  }
}

function asRecord<T>(value: T | SourceRecord<T>, index: number): SourceRecord<T> {
  return isSourceRecord(value) ? value : sourceRecord(index, value);
}
