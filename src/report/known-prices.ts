import { batchFactorOf } from './batch-factors.ts';
import type { ModelPrice, Rate } from './model-price.ts';

/** Whose prices count, and of which day. */
export interface PriceScope {
  /** Name of the provider, e.g. `openai`. */
  readonly provider: string;
  /** Address of the API: servers that speak OpenAI's wire have prices of their own. */
  readonly baseUrl?: string;
  /** Prices change; Unix milliseconds. */
  readonly at: number;
}

/** Whose prices hold for a provider: its account begins with the address of the API, unless it is the emulator. */
export function addressOf({ name, account }: { readonly name: string; readonly account: string }): Pick<PriceScope, 'provider' | 'baseUrl'> {
  const [address = ''] = account.split(' ');
  return { provider: name, ...(/^https?:/.test(address) ? { baseUrl: address } : {}) };
}

/** Finds the price of a model; `undefined` if it is not known. */
export type FindPrice = (model: string) => ModelPrice | undefined;

/** As the package has it: a number, or a number with others for longer requests. */
type ListedRate = number | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] };

/**
 * The prices of `@pydantic/genai-prices`, as they were when the package was published: nothing is asked over the network.
 * The list is loaded with the first call.
 */
export async function knownPrices({ provider, baseUrl, at }: PriceScope): Promise<FindPrice> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices');
  const timestamp = new Date(at);
  const byAddress = baseUrl === undefined ? undefined : findProvider({ providerApiUrl: baseUrl });
  const providerId = byAddress?.id ?? provider;
  return (model) => {
    const found = calcPrice({}, model, { providerId, timestamp });
    return found === null ? undefined : modelPrice(found.model_price, found.model.context_window, batchFactorOf(found.provider.id), model);
  };
}

function modelPrice(listed: Readonly<Record<string, ListedRate | undefined>>, contextWindow: number | undefined, factor: number, model: string): ModelPrice | undefined {
  const { input_mtok: input, output_mtok: output, output_reasoning_mtok: reasoning, cache_read_mtok: cachedInput, cache_write_1h_mtok: cacheWrite1h } = listed;
  const cacheWrite = listed['cache_write_5m_mtok'] ?? listed['cache_write_mtok'];
  // Moderation is the one thing that is free; any other model without a price is one whose price is not known.
  if (input === undefined && !model.includes('moderation')) return undefined;
  // How many of its tokens were sound or pictures, at prices of their own, results do not say in one way.
  if (['output_audio_mtok', 'output_image_mtok', 'input_image_mtok'].some((name) => listed[name] !== undefined)) return undefined;
  return {
    input: rateOf(input ?? 0),
    ...(output === undefined ? {} : { output: rateOf(output) }),
    ...(reasoning === undefined ? {} : { reasoning: rateOf(reasoning) }),
    ...(cachedInput === undefined ? {} : { cachedInput: rateOf(cachedInput) }),
    ...(cacheWrite === undefined ? {} : { cacheWrite: rateOf(cacheWrite) }),
    ...(cacheWrite1h === undefined ? {} : { cacheWrite1h: rateOf(cacheWrite1h) }),
    batchFactor: { input: factor, output: factor },
    ...(contextWindow === undefined ? {} : { contextWindow }),
  };
}

function rateOf(listed: ListedRate): Rate {
  if (typeof listed === 'number') return { usd: listed };
  const above = listed.tiers.map(({ start, price }) => ({ inputTokens: start, usd: price })).toSorted((a, b) => a.inputTokens - b.inputTokens);
  return { usd: listed.base, above };
}
