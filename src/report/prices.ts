import { batchFactorOf } from './batch-factors.ts';
import { knownPrices, type FindPrice, type PriceScope } from './known-prices.ts';
import { ownPrices, readPrices, type OwnPrice, type OwnPrices, type PriceTable } from './price-file.ts';
import type { ModelPrice } from './model-price.ts';

/**
 * Where prices come from: the path of a price file or a table. What it does not name is looked up in the list that comes along.
 */
export type Prices = string | PriceTable;

/**
 * Opens the prices of a provider. Each model is looked up once, however often it is asked for. A model whose price is not known
 * stays unknown: it never counts as free.
 *
 * @throws InputError `file_not_found`, `invalid_option` for a price file that cannot be used
 */
export async function openPrices(prices: Prices | undefined, scope: PriceScope): Promise<FindPrice> {
  const own = prices === undefined ? undefined : typeof prices === 'string' ? await readPrices(prices) : ownPrices(prices);
  const known = await knownPrices(scope);
  const seen = new Map<string, ModelPrice | undefined>();
  return (model) => {
    if (!seen.has(model)) seen.set(model, (own && ownPriceOf(model, own, scope)) ?? withFactor(known(model), own));
    return seen.get(model);
  };
}

/** A model by its name, by its name with the provider before it (as LiteLLM writes), or without its date. */
function ownPriceOf(model: string, { models, batchFactor }: OwnPrices, { provider }: PriceScope): ModelPrice | undefined {
  const undated = model.replace(/-\d{4}-\d{2}-\d{2}$|-\d{8}$|@\d{8}$/, '');
  const name = [model, `${provider}/${model}`, undated, `${provider}/${undated}`].find((candidate) => models.has(candidate));
  const price: OwnPrice | undefined = name === undefined ? undefined : models.get(name);
  if (!price) return undefined;
  const factor = batchFactor ?? batchFactorOf(provider);
  return { ...price, batchFactor: price.batchFactor ?? { input: factor, output: factor } };
}

/** A table that names no model may still say what a batch costs. */
function withFactor(price: ModelPrice | undefined, own: OwnPrices | undefined): ModelPrice | undefined {
  const factor = own?.batchFactor;
  return price === undefined || factor === undefined ? price : { ...price, batchFactor: { input: factor, output: factor } };
}
