import { grouped } from '../numbers.ts';
import type { JsonObject } from '../records/record.ts';
import type { RequestBuilder } from '../requests/request.ts';
import { outputBound } from './cost-bound.ts';
import type { FindPrice } from './known-prices.ts';
import { costOf } from './model-price.ts';
import { contentOf } from './request-content.ts';

/**
 * The same requests, with a warning where the answer to one may cost more than so many dollars in a batch: once for each model
 * and limit. Nothing is held back.
 */
export function warnOutputCost<T, Json>(request: RequestBuilder<T, Json>, maxUsd: number, find: FindPrice): RequestBuilder<T, Json> {
  const warnings: string[] = [];
  let taken = 0;
  const seen = new Set<string>();
  const look = (body: JsonObject): void => {
    const { model, outputLimit } = contentOf(request.endpoint, body);
    const key = JSON.stringify([model, outputLimit ?? null]);
    if (seen.has(key) || seen.size >= 100) return;
    seen.add(key);
    const warning = warningFor(model, outputLimit, maxUsd, find);
    if (warning !== undefined) warnings.push(warning);
  };
  return {
    ...request,
    build(value, record) {
      const body = request.build(value, record);
      look(body);
      // The list only grows at its end: whoever reads it remembers how far.
      for (const { length } = request.warnings ?? []; taken < length; taken += 1) warnings.push(request.warnings?.[taken] ?? '');
      return body;
    },
    warnings,
  };
}

function warningFor(model: string, outputLimit: number | undefined, maxUsd: number, find: FindPrice): string | undefined {
  const price = find(model);
  if (!price) return `What an answer of ${JSON.stringify(model)} may cost is not known: there is no price for it. --prices gives one.`;
  const most = outputBound({ outputLimit }, price);
  if (most === undefined) return `An answer of ${model} may cost any sum: the requests have no output limit. --max-tokens sets one.`;
  const usd = costOf(price, { inputTokens: 0, outputTokens: most }, 'batch') ?? 0;
  if (usd <= maxUsd) return undefined;
  const allowed = Math.floor((most * maxUsd) / usd);
  const why = outputLimit === undefined ? 'there is no output limit, and the model can hold' : 'the output limit is';
  return `An answer of ${model} may cost $${usd.toPrecision(3)}, more than $${maxUsd}: ${why} ${grouped(most)} tokens. --max-tokens ${allowed} would keep it below.`;
}
