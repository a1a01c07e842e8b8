import type { Usage } from '../results/result.ts';

/** Tokens, summed over the results that say how many they took. */
export interface UsageTotals {
  readonly inputTokens: number;
  /** Part of `inputTokens`: read from a cache. */
  readonly cachedInputTokens: number;
  /** Part of `inputTokens`: written to a cache. */
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number;
}

export const noUsage: UsageTotals = { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };

/** Adds tokens up, in place: it is asked to for each record. */
export class UsageSum {
  #inputTokens = 0;
  #cachedInputTokens = 0;
  #cacheWriteTokens = 0;
  #outputTokens = 0;
  #reasoningTokens = 0;

  /** Adds the tokens of one more result, or other totals. */
  add({ inputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, outputTokens, reasoningTokens = 0 }: Usage): void {
    this.#inputTokens += inputTokens;
    this.#cachedInputTokens += cachedInputTokens;
    this.#cacheWriteTokens += cacheWriteTokens;
    this.#outputTokens += outputTokens;
    this.#reasoningTokens += reasoningTokens;
  }

  get totals(): UsageTotals {
    return {
      inputTokens: this.#inputTokens,
      cachedInputTokens: this.#cachedInputTokens,
      cacheWriteTokens: this.#cacheWriteTokens,
      outputTokens: this.#outputTokens,
      reasoningTokens: this.#reasoningTokens,
    };
  }
}
