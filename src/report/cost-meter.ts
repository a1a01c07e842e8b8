import type { Answer } from '../results/result.ts';
import type { FindPrice } from './known-prices.ts';
import { costOf, type ModelPrice } from './model-price.ts';

/** An answer as far as its price goes. */
export interface PricedAnswer extends Pick<Answer, 'usage' | 'model'> {
  /** True if it came from the synchronous endpoint, at full price. */
  readonly synchronous?: boolean;
}

/** Adds up what answers cost. */
export class CostMeter {
  readonly #find: FindPrice;
  /** US dollars of the answers whose price is known. */
  usd = 0;
  priced = 0;
  /** Answers whose price, or whose tokens, are not known. */
  unpriced = 0;

  constructor(find: FindPrice) {
    this.#find = find;
  }

  /**
   * Counts an answer in.
   *
   * @param asked the model that was asked for, where the answer names none, or names it in a way that has no price
   * @returns what it cost; `undefined` if that is not known
   */
  add({ usage, model, synchronous = false }: PricedAnswer, asked: string | undefined): number | undefined {
    const price = (model === undefined ? undefined : this.#find(model)) ?? (asked === undefined ? undefined : this.#find(asked));
    const usd = price && (usage === undefined ? costOfNothing(price) : costOf(price, usage, synchronous ? 'synchronous' : 'batch'));
    if (usd === undefined) {
      this.unpriced += 1;
      return undefined;
    }
    this.priced += 1;
    this.usd += usd;
    return usd;
  }
}

/** An answer that tells no tokens costs nothing where nothing costs anything: moderation. */
function costOfNothing({ input, output }: ModelPrice): number | undefined {
  return input.usd === 0 && (output === undefined || output.usd === 0) ? 0 : undefined;
}
