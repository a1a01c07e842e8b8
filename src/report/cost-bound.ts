import { highestRate, type ModelPrice, type Service } from './model-price.ts';
import type { RequestContent } from './request-content.ts';
import { inputBound } from './tokens.ts';

/**
 * A sum that the answer to a request cannot cost more than, in US dollars: every byte a token, everything written to a cache where
 * that costs more, and an answer as long as it may be. `undefined` where nothing bounds it: input that is not in the request, or
 * neither an output limit nor a known context window. Fees of hosted tools are not tokens, and not in it. Pure.
 *
 * @param bytes of the request line
 */
export function costBound(price: ModelPrice, content: RequestContent, bytes: number, service: Service): number | undefined {
  const { input, output, cachedInput, cacheWrite, cacheWrite1h, reasoning, batchFactor } = price;
  const goesIn = inputBound(content, bytes);
  const comesOut = outputBound(content, price);
  if (goesIn === undefined || comesOut === undefined) return undefined;
  if ((content.caches === '1h' && !cacheWrite1h) || (content.caches === '5m' && !cacheWrite) || (comesOut > 0 && !output)) return undefined;
  const inRate = highestRate([input, cachedInput, cacheWrite, ...(content.caches === '1h' ? [cacheWrite1h] : [])]);
  const [inFactor, outFactor] = service === 'batch' ? [batchFactor.input, batchFactor.output] : [1, 1];
  return (goesIn * inRate * inFactor + comesOut * highestRate([output, reasoning]) * outFactor) / 1_000_000;
}

/** Most tokens that may come out: the limit of the request, else all that the model can hold. */
export function outputBound({ outputLimit }: Pick<RequestContent, 'outputLimit'>, { contextWindow }: Pick<ModelPrice, 'contextWindow'>): number | undefined {
  return outputLimit ?? contextWindow;
}
