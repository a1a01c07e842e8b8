import type { Rate } from './model-price.ts';
import type { OwnPrice } from './price-file.ts';

type Entry = Readonly<Record<string, unknown>>;

/**
 * The price in an entry of LiteLLM's table, whose numbers are dollars for one token; `undefined` if it has none. Where the entry
 * has batch prices of its own, they are taken as they are.
 */
export function litellmPrice(entry: Entry): OwnPrice | undefined {
  const input = rateIn(entry, 'input_cost_per_token');
  if (!input) return undefined;
  const optional = {
    output: rateIn(entry, 'output_cost_per_token'),
    cachedInput: rateIn(entry, 'cache_read_input_token_cost'),
    cacheWrite: rateIn(entry, 'cache_creation_input_token_cost'),
    cacheWrite1h: rateIn(entry, 'cache_creation_input_token_cost_above_1hr'),
    reasoning: rateIn(entry, 'output_cost_per_reasoning_token'),
  };
  const window = entry['max_input_tokens'];
  return {
    input,
    ...Object.fromEntries(Object.entries(optional).filter(([, rate]) => rate !== undefined)),
    ...batchFactorIn(entry, input, optional.output),
    ...(typeof window === 'number' ? { contextWindow: window + outputLimitIn(entry) } : {}),
  };
}

function batchFactorIn(entry: Entry, input: Rate, output: Rate | undefined): Pick<OwnPrice, 'batchFactor'> {
  const [inBatch, outBatch] = [entry['input_cost_per_token_batches'], entry['output_cost_per_token_batches']];
  const goesIn = typeof inBatch === 'number' && input.usd > 0 ? perMillion(inBatch) / input.usd : undefined;
  const comesOut = typeof outBatch === 'number' && output !== undefined && output.usd > 0 ? perMillion(outBatch) / output.usd : undefined;
  const known = goesIn ?? comesOut;
  return known === undefined ? {} : { batchFactor: { input: goesIn ?? known, output: comesOut ?? known } };
}

/** The price under a name, with those that hold above a size, such as `input_cost_per_token_above_200k_tokens`. */
function rateIn(entry: Entry, name: string): Rate | undefined {
  const base = entry[name];
  if (typeof base !== 'number') return undefined;
  const above = Object.entries(entry).flatMap(([key, value]) => {
    const thousands = key.startsWith(`${name}_above_`) ? /_above_(\d+)k_tokens$/.exec(key)?.[1] : undefined;
    return thousands === undefined || typeof value !== 'number' ? [] : [{ inputTokens: Number(thousands) * 1000, usd: perMillion(value) }];
  });
  return { usd: perMillion(base), ...(above.length > 0 ? { above: above.toSorted((a, b) => a.inputTokens - b.inputTokens) } : {}) };
}

function outputLimitIn(entry: Entry): number {
  const limit = entry['max_output_tokens'];
  return typeof limit === 'number' ? limit : 0;
}

/** Rounded to a millionth of a cent for a million tokens, so that 2.5e-7 is 0.25 and not 0.24999999999999997. */
const perMillion = (usd: number): number => Number((usd * 1_000_000).toPrecision(12));
