import { dollars } from './dollars.ts';
import { outcomeStatuses } from '../join/outcome.ts';
import { grouped } from '../numbers.ts';
import type { RunReport } from './report.ts';

const maxReasons = 8;
const maxExample = 240;

/** A report as people read it, on one screen. Counts of zero are left out. */
export function describeReport(report: RunReport): string {
  const lines = [
    ...table('records', report.records, outcomeStatuses.map((status) => [status, report.outcomes[status]])),
    ...reasons(report),
    ...originLines(report),
    ...resultLines(report),
    row('tokens', `${grouped(report.usage.inputTokens)} in${cachedPart(report)}, ${grouped(report.usage.outputTokens)} out`),
    ...costLine(report),
    ...batchLine(report),
  ];
  return `${lines.join('\n')}\n`;
}

function table(title: string, total: number, counts: readonly (readonly [string, number])[]): string[] {
  return [row(title, grouped(total)), ...counts.filter(([, value]) => value > 0).map(([name, value]) => row(`  ${name}`, grouped(value)))];
}

function reasons({ reasons: counts, examples = {} }: RunReport): string[] {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return [];
  const shown = sorted.slice(0, maxReasons).flatMap(([reason, value]) => [row(`  ${reason}`, grouped(value)), ...exampleOf(examples[reason])]);
  const hidden = Math.max(0, sorted.length - maxReasons);
  return ['reasons', ...shown, ...(hidden > 0 ? [`  and ${hidden} more in the report`] : [])];
}

/** The first error of a reason, on a line of its own that is not too long. */
function exampleOf(text: string | undefined): string[] {
  return text === undefined ? [] : [`    first: ${text.length > maxExample ? `${text.slice(0, maxExample)}…` : text}`];
}

function originLines({ origins }: RunReport): string[] {
  if (origins === undefined) return [];
  const { fresh, reused, deduplicated } = origins;
  return [row('answers', `${grouped(fresh)} fresh, ${grouped(reused)} reused, ${grouped(deduplicated)} deduplicated`)];
}

function resultLines({ results: { lines, ...counts } }: RunReport): string[] {
  return table('result lines', lines, Object.entries(counts));
}

function cachedPart({ usage }: RunReport): string {
  return usage.cachedInputTokens > 0 ? ` (${grouped(usage.cachedInputTokens)} cached)` : '';
}

function costLine({ cost, usage, batches }: RunReport): string[] {
  // A join of foreign files has no price list to ask.
  if (cost === null) return batches > 0 && usage.inputTokens + usage.outputTokens > 0 ? [row('cost', 'unknown')] : [];
  const unknown = cost.unpriced > 0 ? `, ${grouped(cost.unpriced)} results of unknown price` : '';
  const saved = cost.savedUsd === undefined ? '' : `, ${dollars(cost.savedUsd)} saved`;
  return [row('cost', `${dollars(cost.usd)} (estimated ${dollars(cost.estimatedUsd)}${saved}${unknown})`)];
}

function batchLine({ shards, batches, attempts, synchronous }: RunReport): string[] {
  const single = synchronous > 0 ? `, ${grouped(synchronous)} of them one by one at full price` : '';
  return batches === 0 ? [] : [row('batches', `${grouped(batches)} (shards: ${grouped(shards)}, requests sent: ${grouped(attempts)}${single})`)];
}

function row(name: string, value: string): string {
  return `${name.padEnd(32)} ${value}`;
}
