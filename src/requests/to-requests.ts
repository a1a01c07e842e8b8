import type { TransformCallback } from 'node:stream';
import { InputError } from '../errors.ts';
import { isSourceRecord, sourceRecord, type AnyValue, type OnReject, type Rejection, type SourceRecord } from '../records/record.ts';
import { ObjectTransform } from '../streams.ts';
import { isRejection, requestBuilderFor, type RequestOptions } from './request-builder.ts';
import type { BatchRequest } from './request.ts';
import { UniqueIds } from './unique-ids.ts';

/** Options of {@link toRequests}. */
export interface ToRequestsOptions<T> extends RequestOptions<T> {
  readonly onReject?: OnReject;
}

/**
 * The stage that turns records into requests. Plain values are numbered as they come. Keeps order. A record whose request cannot
 * be built goes to `onReject` with its code; without one, it ends the stage with an error.
 *
 * @example
 * toRequests<Review>({ customId: 'id', body: chat({ model: 'gpt-5-mini', prompt: (review) => `Classify: ${review.text}` }) });
 */
export function toRequests<T = AnyValue>(options: ToRequestsOptions<T>): ObjectTransform<SourceRecord<T>, BatchRequest> {
  return new RequestStage(options);
}

class RequestStage<T> extends ObjectTransform<SourceRecord<T>, BatchRequest> {
  readonly #build: (record: SourceRecord<T>) => BatchRequest | Rejection;
  readonly #onReject: OnReject | undefined;
  readonly #ids = new UniqueIds();
  #values = 0;

  constructor({ onReject, ...options }: ToRequestsOptions<T>) {
    super({ objectMode: true });
    this.#build = requestBuilderFor(options, this.#ids);
    this.#onReject = onReject;
  }

  override _transform(chunk: unknown, _encoding: string, done: TransformCallback): void {
    try {
      this.#accept(chunk);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#ids.close();
    callback(error);
  }

  #accept(chunk: unknown): void {
    // The caller says what the values are.
    const record = (isSourceRecord(chunk) ? chunk : sourceRecord(this.#values++, chunk)) as SourceRecord<T>;
    const request = this.#build(record);
    if (!isRejection(request)) this.push(request);
    else if (this.#onReject) this.#onReject(request);
    else throw new InputError(request.code, request.message, contextOf(request));
  }
}

function contextOf({ index, line, customId }: Rejection): { index?: number; line?: number; customId?: string } {
  return { ...(index !== undefined && { index }), ...(line !== undefined && { line }), ...(customId !== undefined && { customId }) };
}
