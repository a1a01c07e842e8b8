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

/** The totals with the tokens of one more result, or with other totals. Pure. */
export function addUsage(totals: UsageTotals, { inputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, outputTokens, reasoningTokens = 0 }: Usage): UsageTotals {
  return {
    inputTokens: totals.inputTokens + inputTokens,
    cachedInputTokens: totals.cachedInputTokens + cachedInputTokens,
    cacheWriteTokens: totals.cacheWriteTokens + cacheWriteTokens,
    outputTokens: totals.outputTokens + outputTokens,
    reasoningTokens: totals.reasoningTokens + reasoningTokens,
  };
}
