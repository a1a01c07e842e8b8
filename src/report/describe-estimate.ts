import { grouped } from '../numbers.ts';
import { dollars } from './dollars.ts';
import type { Estimate, ModelEstimate, Range } from './estimate.ts';

/** An estimate as people read it: a line for each model, and what was assumed. */
export function describeEstimate({ records, requests, rejected, reused = 0, deduplicated = 0, shards, inputTokens, outputTokens, regularUsd, batchUsd, savingUsd, budgetUsd, unpriced, models, assumptions }: Estimate): string {
  const several = models.length > 1 ? models.flatMap(modelRows) : [];
  const lines = [
    row('records', `${grouped(records)}${rejected > 0 ? `, of which ${grouped(rejected)} cannot be sent` : ''}`),
    ...(reused > 0 ? [row('reused', grouped(reused))] : []),
    ...(deduplicated > 0 ? [row('deduplicated', grouped(deduplicated))] : []),
    row('requests', `${grouped(requests)} in ${grouped(shards)} shard${shards === 1 ? '' : 's'}${models.length === 1 ? ` to ${models[0]?.model ?? ''}` : ''}`),
    '',
    row('', columns('low', 'typical', 'high')),
    row('input tokens', rangeText(inputTokens, grouped)),
    row('output tokens', rangeText(outputTokens, grouped)),
    ...several,
    ...moneyRows('', { regularUsd, batchUsd, savingUsd }),
    ...(unpriced > 0 ? [row('price unknown', `${grouped(unpriced)} requests, not in these sums`)] : []),
    ...(budgetUsd === null ? [] : [row('budget that is surely enough', usd(budgetUsd))]),
    '',
    ...assumptions.map((assumption) => `- ${assumption}`),
  ];
  return `${lines.join('\n')}\n`;
}

function modelRows({ model, endpoint, requests, ...sums }: ModelEstimate): string[] {
  return [row(model || 'no model', `${grouped(requests)} requests to ${endpoint}`), ...moneyRows('  ', sums)];
}

function moneyRows(indent: string, { regularUsd, batchUsd, savingUsd }: Pick<Estimate, 'regularUsd' | 'batchUsd' | 'savingUsd'>): string[] {
  if (regularUsd === null || batchUsd === null || savingUsd === null) return [row(`${indent}price`, 'unknown')];
  return [row(`${indent}regular price`, rangeText(regularUsd, usd)), row(`${indent}batch price`, rangeText(batchUsd, usd)), row(`${indent}saving`, rangeText(savingUsd, usd))];
}

function rangeText({ low, typical, high }: Range, text: (value: number) => string): string {
  return columns(text(low), text(typical), high === null ? 'no bound' : text(high));
}

const columns = (...cells: readonly string[]): string => cells.map((cell) => cell.padStart(16)).join('');
const row = (name: string, value: string): string => `${name.padEnd(30)} ${value}`.trimEnd();
/** Cents where sums are large, and as many digits as it takes where they are small. */
const usd = (value: number): string => (value >= 100 ? `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}` : dollars(value));
