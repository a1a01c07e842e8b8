import type { Readable } from 'node:stream';
import { StateError } from '../errors.ts';
import type { ChunkIterator } from '../streams.ts';
import type { AnyValue, SourceRecord } from './record.ts';

/**
 * A stream of records: the head of a `pipeline`, or read with `for await`. A loop that is left early, or a pipeline that fails,
 * closes the file behind it. Nothing is opened before the first record is asked for.
 */
export interface RecordStream<T = AnyValue> extends Readable {
  [Symbol.asyncIterator](): ChunkIterator<SourceRecord<T>>;
}

/** Ends a stream with the reason of a signal, from now until it closes. */
export function endOnAbort(signal: AbortSignal, records: Readable): void {
  const stop = (): void => {
    const reason: unknown = signal.reason;
    records.destroy(reason instanceof Error ? reason : new StateError('interrupted', 'Reading was interrupted.', { cause: reason }));
  };
  signal.addEventListener('abort', stop, { once: true });
  records.once('close', () => signal.removeEventListener('abort', stop));
  if (signal.aborted) stop();
}
