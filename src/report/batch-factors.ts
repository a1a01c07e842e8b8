/**
 * What a batch costs of the regular price, by provider; half for those not named. Compiled 2026-11-22 from the providers' pages:
 * Together discounts the models of a list only, so full price is assumed; xAI gives 20 % on some models; Voyage gives a third.
 * A price file says otherwise, for all models or one.
 */
const factors: Readonly<Record<string, number>> = { together: 1, 'x-ai': 0.8, voyageai: 0.67 };

/** @param provider id of the provider as the price list names it */
export function batchFactorOf(provider: string): number {
  return factors[provider] ?? 0.5;
}
