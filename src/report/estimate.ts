import { costBound, outputBound } from './cost-bound.ts';
import { costOf, type ModelPrice, type Service } from './model-price.ts';
import type { RequestContent } from './request-content.ts';
import type { TokenRange } from './tokens.ts';

/** From what is sure to be passed to what could come at worst; `high` is `null` where nothing bounds it. */
export interface Range {
  readonly low: number;
  readonly typical: number;
  readonly high: number | null;
}

/** What the requests to one model come to. */
export interface ModelEstimate {
  readonly model: string;
  readonly endpoint: string;
  readonly requests: number;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** US dollars through the synchronous API; `null` where the price of the model is not known. */
  readonly regularUsd: Range | null;
  /** US dollars in batches. */
  readonly batchUsd: Range | null;
  /** What batches save. */
  readonly savingUsd: Range | null;
}

/** What a job would come to, before anything is sent. Keys that scripts may rely on. */
export interface Estimate {
  readonly records: number;
  readonly requests: number;
  /** Records that cannot be sent. */
  readonly rejected: number;
  /** Records whose answers an earlier run has; only with `reuse`. */
  readonly reused?: number;
  /** Records whose request another one has; only with `dedupe`. */
  readonly deduplicated?: number;
  readonly shards: number;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** Sums over the models whose price is known; `null` if none is. */
  readonly regularUsd: Range | null;
  readonly batchUsd: Range | null;
  readonly savingUsd: Range | null;
  /** A `budget` that lets everything be sent for certain; `null` where nothing bounds the cost. */
  readonly budgetUsd: number | null;
  /** Requests to models whose price is not known. */
  readonly unpriced: number;
  readonly models: readonly ModelEstimate[];
  /** What was taken for granted, in words. */
  readonly assumptions: readonly string[];
}

/** One request to be counted. */
export interface EstimatedRequest {
  readonly endpoint: string;
  readonly content: RequestContent;
  readonly tokens: TokenRange;
  /** Of its request line. */
  readonly bytes: number;
}

/** An answer of a usual length, where nothing is known: about 190 English words. */
export const typicalOutputTokens = 250;

/** Adds requests up into a {@link Estimate}. One small sum is kept for each model. */
export class EstimateBuilder {
  readonly #find: (model: string) => ModelPrice | undefined;
  readonly #models = new Map<string, ModelSums>();
  readonly #notes = { unlimited: 0, openEnded: 0, images: 0, cached: 0, extras: 0 };

  /** @param find the price of a model */
  constructor(find: (model: string) => ModelPrice | undefined) {
    this.#find = find;
  }

  add({ endpoint, content, tokens, bytes }: EstimatedRequest): void {
    const key = JSON.stringify([endpoint, content.model]);
    const sums = this.#models.get(key) ?? new ModelSums(content.model, endpoint, this.#find(content.model));
    this.#models.set(key, sums);
    sums.add(content, tokens, bytes);
    if (content.outputLimit === undefined) this.#notes.unlimited += 1;
    if (content.isOpenEnded) this.#notes.openEnded += 1;
    if (content.images > 0) this.#notes.images += 1;
    if (content.caches !== undefined) this.#notes.cached += 1;
    if (content.extras.length > 0) this.#notes.extras += 1;
  }

  /** @param counted true if a tokenizer counted the tokens of the models it knows */
  build({ records, rejected, shards, counted }: Pick<Estimate, 'records' | 'rejected' | 'shards'> & { readonly counted: boolean }): Estimate {
    const sums = [...this.#models.values()];
    const models = sums.map((one) => one.build());
    const priced = models.filter(({ batchUsd }) => batchUsd !== null);
    const ofPriced = (key: 'regularUsd' | 'batchUsd' | 'savingUsd') => (priced.length === 0 ? null : priced.flatMap((model) => model[key] ?? []).reduce(addRanges, nothing));
    return {
      records,
      requests: models.reduce((total, { requests }) => total + requests, 0),
      rejected,
      shards,
      inputTokens: models.map(({ inputTokens }) => inputTokens).reduce(addRanges, nothing),
      outputTokens: models.map(({ outputTokens }) => outputTokens).reduce(addRanges, nothing),
      regularUsd: ofPriced('regularUsd'),
      batchUsd: ofPriced('batchUsd'),
      savingUsd: ofPriced('savingUsd'),
      budgetUsd: sums.reduce<number | null>((total, { boundUsd }) => addOrUnknown(total, boundUsd), 0),
      unpriced: models.reduce((total, { requests, batchUsd }) => total + (batchUsd === null ? requests : 0), 0),
      models,
      assumptions: this.#assumptions(sums, counted),
    };
  }

  #assumptions(sums: readonly ModelSums[], counted: boolean): string[] {
    const { unlimited, openEnded, images, cached, extras } = this.#notes;
    const unknown = sums.filter(({ price }) => price === undefined).map(({ model }) => model || 'without a name');
    const factors = [...new Set(sums.flatMap(({ price }) => (price === undefined ? [] : `${price.batchFactor.input * 100} %`)))];
    const when = (count: number, text: string) => (count > 0 ? [text] : []);
    return [
      counted ? 'Input tokens of OpenAI models are counted by gpt-tokenizer, those of others estimated by bytes.' : 'Input tokens are estimated by bytes: 5 bytes a token (low), 4 (typical) or 2.5 (high).',
      `Output tokens are not known before: none (low), ${typicalOutputTokens} a request where its limit allows them (typical), or all that its limit allows (high).`,
      ...when(factors.length, `A batch costs ${factors.join(' or ')} of the regular price.`),
      ...when(extras, 'Tools and schemas count as the tokens of their JSON text, except in low.'),
      ...when(images, `${images} requests have images: 85 tokens each (low), 1,000 (typical) or 50,000 (high).`),
      ...when(cached, `${cached} requests cache parts of their prompt: regular input price (low, typical), or all of it written to the cache (high).`),
      ...when(unlimited, `${unlimited} requests have no output limit: high takes the context window of the model. --max-tokens sets a limit.`),
      ...when(openEnded, `${openEnded} requests read files, stored conversations or findings of hosted tools: their size is not known, and not in low and typical.`),
      ...when(unknown.length, `No price is known for ${unknown.join(', ')}. --prices gives one.`),
    ];
  }
}

/** The sums of one model. */
class ModelSums {
  readonly model: string;
  readonly endpoint: string;
  readonly price: ModelPrice | undefined;
  /** `null` where nothing bounds the cost. */
  boundUsd: number | null = 0;
  #requests = 0;
  #input: Range = nothing;
  #output: Range = nothing;
  #regular: Range | null = nothing;
  #batch: Range | null = nothing;

  constructor(model: string, endpoint: string, price: ModelPrice | undefined) {
    this.model = model;
    this.endpoint = endpoint;
    this.price = price;
    if (price === undefined) this.#regular = this.#batch = this.boundUsd = null;
  }

  add(content: RequestContent, tokens: TokenRange, bytes: number): void {
    const { price } = this;
    this.#requests += 1;
    const input: Range = content.isOpenEnded ? { ...tokens, high: null } : tokens;
    const most = outputBound(content, price ?? {});
    const output: Range = { low: 0, typical: Math.min(most ?? Infinity, typicalOutputTokens), high: most ?? null };
    this.#input = addRanges(this.#input, input);
    this.#output = addRanges(this.#output, output);
    if (price === undefined) return;
    this.#regular = addKnown(this.#regular, costRange(price, content, input, output, 'synchronous'));
    this.#batch = addKnown(this.#batch, costRange(price, content, input, output, 'batch'));
    this.boundUsd = addOrUnknown(this.boundUsd, costBound(price, content, bytes, 'batch') ?? null);
  }

  build(): ModelEstimate {
    const [regularUsd, batchUsd] = [this.#regular, this.#batch];
    return {
      model: this.model,
      endpoint: this.endpoint,
      requests: this.#requests,
      inputTokens: this.#input,
      outputTokens: this.#output,
      regularUsd,
      batchUsd,
      savingUsd: regularUsd === null || batchUsd === null ? null : saving(regularUsd, batchUsd),
    };
  }
}

/** The dollars of one request; `null` if its tokens have a kind without price. */
function costRange(price: ModelPrice, content: RequestContent, input: Range, output: Range, service: Service): Range | null {
  const cost = (inputTokens: number, outputTokens: number, cached = {}) => costOf(price, { inputTokens, outputTokens, ...cached }, service);
  const low = cost(input.low, output.low);
  const typical = cost(input.typical, output.typical);
  if (low === undefined || typical === undefined) return null;
  const high = input.high === null || output.high === null ? undefined : cost(input.high, output.high, allWritten(content, input.high));
  return { low, typical, high: high ?? null };
}

function allWritten({ caches }: RequestContent, tokens: number): object {
  if (caches === undefined) return {};
  return { cacheWriteTokens: tokens, ...(caches === '1h' ? { cacheWrite1hTokens: tokens } : {}) };
}

const nothing: Range = { low: 0, typical: 0, high: 0 };

function addRanges(a: Range, b: Range): Range {
  return { low: a.low + b.low, typical: a.typical + b.typical, high: addOrUnknown(a.high, b.high) };
}

function addKnown(a: Range | null, b: Range | null): Range | null {
  return a === null || b === null ? null : addRanges(a, b);
}

function saving(regular: Range, batch: Range): Range {
  return { low: regular.low - batch.low, typical: regular.typical - batch.typical, high: regular.high === null || batch.high === null ? null : regular.high - batch.high };
}

const addOrUnknown = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
