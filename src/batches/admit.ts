import type { ShardEntry } from '../ledger/ledger.ts';

/** How much may wait at the provider at a time. What is not given is found out: a full queue is waited for. */
export interface QueueLimits {
  /** Requests in batches that have not ended, as Anthropic counts. */
  readonly maxRequests?: number;
  /** Prompt tokens in batches that have not ended, for each model, as OpenAI counts. */
  readonly maxTokens?: number;
}

type Load = Pick<ShardEntry, 'number' | 'model' | 'requestCount' | 'bytes'>;

/** Bytes of a request line for each prompt token: a safe middle between prose and numbers, JSON around it included. */
const bytesPerToken = 3;

/** Decides whether one more shard fits in the provider's queue. Pure bookkeeping: the caller says what enters and leaves. */
export class Admission {
  readonly #limits: QueueLimits;
  /** Token limits that the provider stated when it refused a batch, by model. */
  readonly #learned = new Map<string, number>();
  readonly #inFlight = new Map<number, Load>();

  constructor(limits: QueueLimits, inFlight: readonly Load[]) {
    this.#limits = limits;
    for (const shard of inFlight) this.enter(shard);
  }

  /** True if the shard fits beside what is in flight. What is alone is always tried: only the provider knows for sure. */
  admits(shard: Load): boolean {
    const beside = [...this.#inFlight.values()].filter(({ number }) => number !== shard.number);
    const ofModel = beside.filter(({ model }) => model === shard.model);
    const { maxRequests = Infinity } = this.#limits;
    if (beside.length > 0 && sum(beside, ({ requestCount }) => requestCount) + shard.requestCount > maxRequests) return false;
    return ofModel.length === 0 || sum(ofModel, tokensOf) + tokensOf(shard) <= this.#tokenLimit(shard);
  }

  enter(shard: Load): void {
    this.#inFlight.set(shard.number, shard);
  }

  leave(shard: Pick<Load, 'number'>): void {
    this.#inFlight.delete(shard.number);
  }

  /** Takes the limit from the words in which OpenAI refuses a batch: "Limit: 2,000,000 enqueued tokens" (openai-python#2084). */
  learn({ model = '' }: Pick<Load, 'model'>, message: string): void {
    const stated = /Limit:\s*([\d,]+)/i.exec(message)?.[1];
    if (stated !== undefined) this.#learned.set(model, Number(stated.replaceAll(',', '')));
  }

  #tokenLimit({ model = '' }: Pick<Load, 'model'>): number {
    return Math.min(this.#limits.maxTokens ?? Infinity, this.#learned.get(model) ?? Infinity);
  }
}

const tokensOf = ({ bytes }: Load): number => Math.ceil(bytes / bytesPerToken);

function sum(shards: readonly Load[], measure: (shard: Load) => number): number {
  return shards.reduce((total, shard) => total + measure(shard), 0);
}
