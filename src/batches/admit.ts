import type { ShardEntry } from '../ledger/ledger.ts';
import type { QueueLimits } from '../providers/provider.ts';

/** What decides how much is sent at a time. What is not given is documented for the tier, or found out. */
export interface QueueOptions extends QueueLimits {
  /** Usage tier of the account: `1` to `5` at OpenAI, `start`, `build` or `scale` at Anthropic. @default unknown: begins as the lowest, and tries more as it is accepted */
  readonly tier?: string;
}

type Load = Pick<ShardEntry, 'number' | 'model' | 'requestCount' | 'bytes'>;

export interface AdmissionOptions {
  readonly queue: QueueOptions;
  /** What is documented for a model, in the tier given or in the lowest. */
  readonly documented: (model: string | undefined) => QueueLimits;
  /** Shards whose batches have not ended. */
  readonly inFlight: readonly Load[];
  /** When batches were made so far, in Unix milliseconds. */
  readonly createdAt: readonly number[];
}

/** Bytes of a request line for each prompt token: a safe middle between prose and numbers, JSON around it included. */
const bytesPerToken = 3;
const hourMs = 3_600_000;

interface Limit {
  readonly amount: number;
  /** True where nobody said so: it is a beginning. */
  readonly isAssumed: boolean;
}

const known = (amount: number): Limit => ({ amount, isAssumed: false });

type Measure = (shard: Load) => number;
const tokensOf: Measure = ({ bytes }) => Math.ceil(bytes / bytesPerToken);
const requestsOf: Measure = ({ requestCount }) => requestCount;

/**
 * Decides whether one more shard fits in the provider's queue. Pure bookkeeping: the caller says what enters, is accepted and leaves.
 *
 * A limit that is given, stated by the provider, or that of a known tier holds. That of the lowest tier is only where an
 * unknown one begins: once all in flight was accepted, more is tried, up to twice of it. So a high tier is reached in a few steps, and a
 * refusal, which costs nothing, tells a low one.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  /** Token limits that the provider stated when it refused a batch, by model. */
  readonly #learned = new Map<string, number>();
  readonly #inFlight = new Map<number, Load>();
  readonly #accepted = new Set<number>();
  readonly #createdAt: number[];
  /** Most that was accepted at a time, of requests under '', of tokens by model. */
  readonly #proven = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#createdAt = [...options.createdAt];
    for (const shard of options.inFlight) this.enter(shard);
  }

  /** True if the shard fits beside what is in flight. What is alone is always tried: only the provider knows for sure. */
  admits(shard: Load, now: number): boolean {
    if (this.#madeSince(now - hourMs) >= this.#perHour(shard)) return false;
    const beside = [...this.#inFlight.values()].filter(({ number }) => number !== shard.number);
    const ofModel = beside.filter(({ model }) => model === shard.model);
    return this.#fits(shard, beside, requestsOf, this.#requestLimit(shard)) && this.#fits(shard, ofModel, tokensOf, this.#tokenLimit(shard));
  }

  enter(shard: Load): void {
    this.#inFlight.set(shard.number, shard);
  }

  /** A create call is about to be made. */
  noteCreate(now: number): void {
    this.#createdAt.push(now);
  }

  /** The provider has begun to work on it: so much at a time is allowed. */
  accept({ number, model = '' }: Pick<Load, 'number' | 'model'>): void {
    if (!this.#inFlight.has(number) || this.#accepted.has(number)) return;
    this.#accepted.add(number);
    const accepted = [...this.#inFlight.values()].filter((shard) => this.#accepted.has(shard.number));
    this.#prove('', sum(accepted, requestsOf));
    this.#prove(`tokens of ${model}`, sum(accepted.filter((shard) => (shard.model ?? '') === model), tokensOf));
  }

  leave({ number }: Pick<Load, 'number'>): void {
    this.#inFlight.delete(number);
    this.#accepted.delete(number);
  }

  /** Takes the limit from the words in which OpenAI refuses a batch: "Limit: 2,000,000 enqueued tokens" (openai-python#2084). */
  learn({ model = '' }: Pick<Load, 'model'>, message: string): void {
    const stated = /Limit:\s*([\d,]+)/i.exec(message)?.[1];
    if (stated !== undefined) this.#learned.set(model, Number(stated.replaceAll(',', '')));
  }

  #fits(shard: Load, beside: readonly Load[], measure: Measure, { amount, isAssumed }: Limit): boolean {
    if (beside.length === 0 || sum(beside, measure) + measure(shard) <= amount) return true;
    // What is in flight was accepted, all of it: one more is tried, however large.
    return isAssumed && beside.every(({ number }) => this.#accepted.has(number));
  }

  #tokenLimit({ model }: Load): Limit {
    const { queue, documented } = this.#options;
    const learned = this.#learned.get(model ?? '');
    if (queue.maxTokens !== undefined || learned !== undefined) return known(Math.min(queue.maxTokens ?? Infinity, learned ?? Infinity));
    return this.#begunAt(documented(model).maxTokens, `tokens of ${model ?? ''}`);
  }

  #requestLimit({ model }: Load): Limit {
    const { queue, documented } = this.#options;
    return queue.maxRequests === undefined ? this.#begunAt(documented(model).maxRequests, '') : known(queue.maxRequests);
  }

  #begunAt(limit = Infinity, what: string): Limit {
    if (this.#options.queue.tier !== undefined) return known(limit);
    return { amount: Math.max(limit, 2 * (this.#proven.get(what) ?? 0)), isAssumed: true };
  }

  #perHour({ model }: Load): number {
    const { queue, documented } = this.#options;
    return queue.maxBatchesPerHour ?? documented(model).maxBatchesPerHour ?? Infinity;
  }

  #madeSince(time: number): number {
    return this.#createdAt.filter((at) => at > time).length;
  }

  #prove(what: string, amount: number): void {
    this.#proven.set(what, Math.max(this.#proven.get(what) ?? 0, amount));
  }
}

function sum(shards: readonly Load[], measure: Measure): number {
  return shards.reduce((total, shard) => total + measure(shard), 0);
}
