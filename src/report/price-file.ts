import { readFile } from 'node:fs/promises';
import { InputError, messageOf } from '../errors.ts';
import type { ModelPrice } from './model-price.ts';
import { litellmPrice } from './litellm-prices.ts';

/** Prices of your own: US dollars for a million tokens through the synchronous API. They win over the list that comes along. */
export interface PriceTable {
  /** What a batch costs of the regular price, for the models that do not say. @default that of the provider */
  readonly batchFactor?: number;
  /** By model name. A name holds for its dated versions as well: `gpt-5-mini` for `gpt-5-mini-2025-08-07`. */
  readonly models: Readonly<Record<string, PriceEntry>>;
}

/** The price of one model. */
export interface PriceEntry {
  readonly input: number;
  /** Left out for models that write no tokens, such as embeddings. */
  readonly output?: number;
  /** @default input */
  readonly cachedInput?: number;
  /** Written to a cache for five minutes. */
  readonly cacheWrite?: number;
  /** Written to a cache for an hour. */
  readonly cacheWrite1h?: number;
  /** @default output */
  readonly reasoning?: number;
  /** What a batch costs of these prices: 0.5 is half. */
  readonly batchFactor?: number;
  /** Tokens that a request and its answer may have together: bounds the cost of a request without output limit. */
  readonly contextWindow?: number;
}

/** A price that may lack its batch factor: then that of the table or of the provider holds. */
export type OwnPrice = Omit<ModelPrice, 'batchFactor'> & Partial<Pick<ModelPrice, 'batchFactor'>>;

/** Prices by model name, read from a file or an object. */
export interface OwnPrices {
  readonly batchFactor?: number;
  readonly models: ReadonlyMap<string, OwnPrice>;
}

const rateNames = ['output', 'cachedInput', 'cacheWrite', 'cacheWrite1h', 'reasoning'] as const;
const entryNames = new Set<string>(['input', ...rateNames, 'batchFactor', 'contextWindow']);

/**
 * Reads a price file: a {@link PriceTable}, or the `model_prices_and_context_window.json` of LiteLLM.
 *
 * @throws InputError `file_not_found`, or `invalid_option` naming the model and the field
 */
export async function readPrices(path: string): Promise<OwnPrices> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError('file_not_found', `The price file ${path} cannot be read: ${messageOf(cause)}`, { file: path, cause });
  });
  try {
    return ownPrices(JSON.parse(text));
  } catch (cause) {
    throw new InputError('invalid_option', `The price file ${path} cannot be used: ${messageOf(cause)}`, { file: path, cause });
  }
}

/** The prices of a table, checked. Pure. @throws InputError `invalid_option` */
export function ownPrices(table: unknown): OwnPrices {
  if (!isObject(table)) throw wrong('it must be a JSON object.');
  const { models, batchFactor, ...rest } = table;
  if (!isObject(models)) return litellmPrices(table);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(`"${unknown}" is not known beside "models" and "batchFactor".`);
  return {
    ...(batchFactor === undefined ? {} : { batchFactor: numberIn(batchFactor, 'batchFactor') }),
    models: new Map(Object.entries(models).map(([model, entry]) => [model, ownPrice(entry, model)])),
  };
}

function ownPrice(entry: unknown, model: string): OwnPrice {
  if (!isObject(entry)) throw wrong(`the price of "${model}" must be an object such as {"input": 0.25, "output": 2}.`);
  const unknown = Object.keys(entry).find((name) => !entryNames.has(name));
  if (unknown !== undefined) throw wrong(`the price of "${model}" has the unknown field "${unknown}"; known are ${[...entryNames].join(', ')}.`);
  const { batchFactor, contextWindow } = entry;
  const rate = (name: string) => ({ usd: numberIn(entry[name], `"${name}" of "${model}"`) });
  const factor = batchFactor === undefined ? undefined : numberIn(batchFactor, `"batchFactor" of "${model}"`);
  return {
    input: rate('input'),
    ...Object.fromEntries(rateNames.filter((name) => entry[name] !== undefined).map((name) => [name, rate(name)])),
    ...(factor === undefined ? {} : { batchFactor: { input: factor, output: factor } }),
    ...(contextWindow === undefined ? {} : { contextWindow: numberIn(contextWindow, `"contextWindow" of "${model}"`) }),
  };
}

function litellmPrices(table: Readonly<Record<string, unknown>>): OwnPrices {
  const models = new Map<string, OwnPrice>();
  for (const [model, entry] of Object.entries(table)) {
    const price = isObject(entry) ? litellmPrice(entry) : undefined;
    // `sample_spec` describes the format; images and audio are priced otherwise.
    if (price && model !== 'sample_spec') models.set(model, price);
  }
  if (models.size > 0) return { models };
  throw wrong('it has neither "models" with prices, such as {"models": {"gpt-5-mini": {"input": 0.25, "output": 2}}}, nor entries with "input_cost_per_token" as LiteLLM writes them.');
}

function numberIn(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw wrong(`${name} must be a number from 0 on, not ${JSON.stringify(value) ?? 'missing'}.`);
}

const wrong = (message: string): InputError => new InputError('invalid_option', message);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
