import type { Usage } from '../results/result.ts';

/** Tokens, summed over the results that say how many they took. */
export interface UsageTotals {
  readonly inputTokens: number;
  /** Part of `inputTokens`. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

export const noUsage: UsageTotals = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** The totals with one more result. Pure. */
export function addUsage(totals: UsageTotals, { inputTokens, cachedInputTokens = 0, outputTokens }: Usage): UsageTotals {
  return {
    inputTokens: totals.inputTokens + inputTokens,
    cachedInputTokens: totals.cachedInputTokens + cachedInputTokens,
    outputTokens: totals.outputTokens + outputTokens,
  };
}
