import type { ReportPageData } from './page-data.ts';
import { count, percent, usd } from './words.ts';

/** Cost and tokens, what was expected beside what it came to. Pure. */
export function sums({ report, expected, status: { batches } }: ReportPageData): string {
  const cards = [...(report ? actual(report, expected) : ahead(expected)), ...(report ? [card('Requests sent', count(report.attempts), roundsOf(report))] : []), card('Batches', count(batches.length))];
  return `<dl class="cards">${cards.join('')}</dl>`;
}

function actual({ cost, usage, origins }: NonNullable<ReportPageData['report']>, expected: ReportPageData['expected']): string[] {
  const saved = cost?.savedUsd === undefined ? '' : `; ${usd(cost.savedUsd)} saved`;
  const unpriced = cost && cost.unpriced > 0 ? `; ${count(cost.unpriced)} answers of unknown price` : '';
  return [
    cost === null ? card('Cost', 'unknown', 'no price is known') : card('Cost', usd(cost.usd), `estimated ${usd(cost.estimatedUsd)}${against(cost.usd, cost.estimatedUsd)}${saved}${unpriced}`),
    ...(origins ? [card('Answers taken over', count(origins.reused + origins.deduplicated), `${count(origins.reused)} of earlier runs, ${count(origins.deduplicated)} of equal requests`)] : []),
    card('Input tokens', count(usage.inputTokens), [estimated(usage.inputTokens, expected?.inputTokens), part(usage.cachedInputTokens, usage.inputTokens, 'cached')].filter(Boolean).join('; ')),
    card('Output tokens', count(usage.outputTokens), [estimated(usage.outputTokens, expected?.outputTokens), part(usage.reasoningTokens, usage.outputTokens, 'reasoning')].filter(Boolean).join('; ')),
  ];
}

function ahead(expected: ReportPageData['expected']): string[] {
  return expected ? [card('Input tokens', 'to come', `estimated ${count(expected.inputTokens)}`), card('Output tokens', 'to come', `estimated ${count(expected.outputTokens)}`)] : [];
}

function roundsOf({ synchronous }: NonNullable<ReportPageData['report']>): string {
  return synchronous > 0 ? `${count(synchronous)} one by one, at full price` : '';
}

const estimated = (value: number, expected: number | undefined): string => (expected === undefined ? '' : `estimated ${count(expected)}${against(value, expected)}`);
const part = (value: number, whole: number, name: string): string => (value === 0 ? '' : `${percent(value, whole)} ${name}`);

/** How far the truth is from the estimate. */
function against(value: number, expected: number): string {
  if (expected === 0) return '';
  const off = Math.trunc((value / expected - 1) * 100);
  return off === 0 ? '' : ` (${off > 0 ? '+' : '−'}${Math.abs(off)}%)`;
}

function card(name: string, value: string, note = ''): string {
  return `<div><dt>${name}</dt><dd>${value}${note === '' ? '' : `<small>${note}</small>`}</dd></div>`;
}
