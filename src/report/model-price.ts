import type { Usage } from '../results/result.ts';

/** A price in US dollars for a million tokens. */
export interface Rate {
  readonly usd: number;
  /** Prices of longer requests: the last one that the request's input tokens exceed holds for all of its tokens. Rising. */
  readonly above?: readonly { readonly inputTokens: number; readonly usd: number }[];
}

/** What a model costs through the synchronous API, and what a batch makes of that. */
export interface ModelPrice {
  readonly input: Rate;
  /** Left out where the model writes no tokens, or their price is not known. */
  readonly output?: Rate;
  /** Tokens read from a cache. @default input: not every provider has a discount */
  readonly cachedInput?: Rate;
  /** Tokens written to a cache for five minutes, or for as long as the provider likes. */
  readonly cacheWrite?: Rate;
  /** Tokens written to a cache for an hour. */
  readonly cacheWrite1h?: Rate;
  /** @default output */
  readonly reasoning?: Rate;
  /** What a batch costs of the regular price: 0.5 is half. Applied to the tokens that go in and to those that come out. */
  readonly batchFactor: { readonly input: number; readonly output: number };
  /** Tokens that a request and its answer may have together. */
  readonly contextWindow?: number;
}

/** How a request was answered: in a batch, or at full price by the synchronous API. */
export type Service = 'batch' | 'synchronous';

/**
 * What one answer costs, in US dollars; `undefined` if it has tokens of a kind whose price is not known. Pure.
 *
 * @param usage of one answer: prices may depend on the size of its request, so sums of several are not enough
 */
export function costOf(price: ModelPrice, usage: Usage, service: Service): number | undefined {
  const { inputTokens, outputTokens, cachedInputTokens: read = 0, cacheWriteTokens: written = 0, cacheWrite1hTokens: hour = 0, reasoningTokens: thought = 0 } = usage;
  const { input, output, cachedInput = input, cacheWrite, cacheWrite1h, reasoning = output, batchFactor } = price;
  const at = (rate: Rate | undefined, tokens: number) => charge(rate, tokens, inputTokens);
  const goesIn = sum([at(input, inputTokens - read - written), at(cachedInput, read), at(cacheWrite, written - hour), at(cacheWrite1h, hour)]);
  const comesOut = sum([at(output, outputTokens - thought), at(reasoning, thought)]);
  if (goesIn === undefined || comesOut === undefined) return undefined;
  return service === 'synchronous' ? goesIn + comesOut : goesIn * batchFactor.input + comesOut * batchFactor.output;
}

/** The dollars for a million tokens in a request of this size. */
export function rateAt({ usd, above = [] }: Rate, inputTokens: number): number {
  return above.findLast((tier) => inputTokens > tier.inputTokens)?.usd ?? usd;
}

/** The most that a million tokens may cost, whatever the size of the request. */
export function highestRate(rates: readonly (Rate | undefined)[]): number {
  return Math.max(0, ...rates.flatMap((rate) => (rate === undefined ? [] : [rate.usd, ...(rate.above ?? []).map(({ usd }) => usd)])));
}

/** Counts that do not add up at the provider must not make money: no part is below 0. */
function charge(rate: Rate | undefined, tokens: number, inputTokens: number): number | undefined {
  if (tokens <= 0) return 0;
  return rate === undefined ? undefined : (rateAt(rate, inputTokens) * tokens) / 1_000_000;
}

function sum(parts: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total += part;
  }
  return total;
}
