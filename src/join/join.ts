import { addAbortSignal, type TransformCallback } from 'node:stream';
import { messageOf } from '../errors.ts';
import { isSourceRecord, sourceRecord, type AnyValue, type JsonValue, type SourceRecord } from '../records/record.ts';
import type { AnswerKinds } from '../results/line-register.ts';
import { ObjectTransform } from '../streams.ts';
import { Joiner, type JoinOptions } from './joiner.ts';
import type { JoinedRecord } from './outcome.ts';

/** The stage that {@link join} returns. */
export interface JoinStage<T, Json = JsonValue> extends ObjectTransform<SourceRecord<T> | T, JoinedRecord<T, Json>> {
  /** Which kinds of answers the result files hold; all false until the first record has passed. */
  readonly kinds: AnswerKinds;
}

/**
 * A stage that joins every record with its result, by custom_id alone. Keeps the order of the source, whatever the order of the results:
 * these are indexed before the first record passes, and stay on disk. Every record comes out once, with one outcome.
 *
 * After the last record, results that belong to none are rejected as orphans. Fails with `no_match` where there are result lines and none
 * meets a record; with `file_not_found` where a result file cannot be read; with `unknown_column` where `customId` names no column.
 *
 * @example
 * await pipeline(
 *   readRecords('reviews.csv'),
 *   join({ results: ['batch_output.jsonl', 'batch_errors.jsonl'], customId: (review) => review.id, onReject: console.error }),
 *   select({ label: (outcome) => outcome.text }),
 *   writeRecords('reviews.labelled.csv'),
 * );
 */
export function join<T = AnyValue, Json = JsonValue>(options: JoinOptions<T, Json>): JoinStage<T, Json> {
  const stage = new JoinTransform(options);
  if (options.signal !== undefined) addAbortSignal(options.signal, stage);
  return stage;
}

const noKinds: AnswerKinds = { toolCalls: false, embedding: false, output: false };

class JoinTransform<T, Json> extends ObjectTransform<SourceRecord<T> | T, JoinedRecord<T, Json>> implements JoinStage<T, Json> {
  readonly #options: JoinOptions<T, Json>;
  readonly #abort = new AbortController();
  #joiner: Joiner<T, Json> | undefined;
  #values = 0;

  constructor(options: JoinOptions<T, Json>) {
    super({ objectMode: true });
    this.#options = options;
  }

  get kinds(): AnswerKinds {
    return this.#joiner?.kinds ?? noKinds;
  }

  override _transform(chunk: unknown, _encoding: string, done: TransformCallback): void {
    this.#withJoiner((joiner) => this.push(joiner.join(this.#recordOf(chunk))), done);
  }

  override _flush(done: TransformCallback): void {
    this.#withJoiner((joiner) => joiner.finish(), done);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#abort.abort();
    this.#joiner?.close();
    super._destroy(error, callback);
  }

  /** Runs a step at once when the index stands, and after it is built the first time. */
  #withJoiner(step: (joiner: Joiner<T, Json>) => void, done: TransformCallback): void {
    if (this.#joiner !== undefined) {
      attempt(() => this.#joiner && step(this.#joiner), done);
      return;
    }
    Joiner.open(this.#options, this.#abort.signal).then((joiner) => {
      if (this.destroyed) joiner.close();
      else attempt(() => step((this.#joiner = joiner)), done);
    }, done);
  }

  /** Plain values become records, numbered in the order they come. */
  #recordOf(chunk: unknown): SourceRecord<T> {
    this.#values += 1;
    // The caller says what the values are.
    return isSourceRecord(chunk) ? (chunk as SourceRecord<T>) : sourceRecord(this.#values - 1, chunk as T);
  }
}

function attempt(step: () => unknown, done: TransformCallback): void {
  try {
    step();
  } catch (error) {
    done(error instanceof Error ? error : new Error(messageOf(error)));
    return;
  }
  done();
}
