import { mkdirSync } from 'node:fs';
import type { TransformCallback } from 'node:stream';
import { InputError } from '../errors.ts';
import type { OnReject } from '../records/record.ts';
import type { BatchRequest } from '../requests/request.ts';
import { ObjectTransform } from '../streams.ts';
import type { Shard } from './filling-shards.ts';
import { Sharder, type SharderOptions } from './sharder.ts';

export interface ShardOptions extends Omit<SharderOptions, 'onShard'> {
  /** Receives requests that no shard can hold (`too_large`). Without it the first one ends the stage with an error. */
  readonly onReject?: OnReject;
}

/**
 * Writes requests to shard files, as many as the provider's limits ask for, and passes on each shard when its file is whole.
 * Requests keep their source order inside a shard; shards of different models or endpoints are filled side by side, at most
 * 16 at a time. The directory is made if it is not there.
 *
 * @example
 * await pipeline(readRecords('reviews.csv'), toRequests({ body: chat({ model, prompt }) }), shard({ directory: 'shards', limits: openaiLimits }), ...);
 */
export function shard(options: ShardOptions): ObjectTransform<BatchRequest, Shard> {
  return new ShardStage(options);
}

class ShardStage extends ObjectTransform<BatchRequest, Shard> {
  readonly #sharder: Sharder;
  readonly #onReject: OnReject;

  constructor({ onReject = refuse, ...options }: ShardOptions) {
    super({ objectMode: true });
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#sharder = new Sharder({ ...options, onShard: (finished) => this.push(finished) });
    this.#onReject = onReject;
  }

  override _transform(request: BatchRequest, _encoding: string, done: TransformCallback): void {
    attempt(done, () => {
      const placed = this.#sharder.add(request);
      if (typeof placed !== 'number') this.#onReject(placed);
    });
  }

  override _flush(done: TransformCallback): void {
    attempt(done, () => this.#sharder.end());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#sharder.abort();
    callback(error);
  }
}

const refuse: OnReject = ({ code, message, ...context }) => {
  throw new InputError(code, message, context);
};

/** Runs one step of a stage; what it throws ends the stage. */
function attempt(done: TransformCallback, step: () => void): void {
  try {
    step();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  done();
}
