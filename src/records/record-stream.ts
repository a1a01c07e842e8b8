import type { Readable } from 'node:stream';
import type { AnyValue, SourceRecord } from './record.ts';

/**
 * A stream of records: the head of a `pipeline`, or read with `for await`. A loop that is left early, or a pipeline that fails,
 * closes the file behind it. Nothing is opened before the first record is asked for.
 */
export interface RecordStream<T = AnyValue> extends Readable {
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<SourceRecord<T>>;
}
