import type { FailureKind, RunDigest, RunInspection } from '../index.ts';
import type { Paint } from './colors.ts';
import { printable } from './text-table.ts';
import { grouped, quantity, usd } from './words.ts';

/** Reasons that are shown; the report has all. */
const mostReasons = 10;
const longestSample = 160;

/** What is known of a run beside where it stands, as people read it. */
export function describeInspection({ rounds, digest }: RunInspection, paint: Paint): string {
  const sent = rounds.length > 1 ? `attempts: ${rounds.map(({ round, requests, shards }) => `round ${round}: ${quantity(requests, 'request')} in ${quantity(shards, 'shard')}`).join(', ')}\n` : '';
  return sent + (digest ? describeDigest(digest, paint) : '');
}

function describeDigest({ report, pending, failures }: RunDigest, paint: Paint): string {
  if (report.records === 0) return '';
  const outcomes = Object.entries(report.outcomes).filter(([, count]) => count > 0);
  const counts = outcomes.map(([status, count]) => (status === 'succeeded' ? paint.good : paint.bad)(`${grouped(count)} ${status}`));
  const open = pending > 0 ? [paint.waiting(`${grouped(pending)} not settled yet`)] : [];
  const cost = report.cost === null ? '' : `cost: ${usd(report.cost.usd)} (estimated ${usd(report.cost.estimatedUsd)})\n`;
  return `outcomes: ${[...counts, ...open].join(', ')}\n${cost}${describeFailures(failures)}`;
}

/** Why records did not succeed, the most frequent reason first, each with the first of its records. */
export function describeFailures(failures: readonly FailureKind[]): string {
  const hidden = failures.length - mostReasons;
  return `${failures.slice(0, mostReasons).map(describeFailure).join('')}${hidden > 0 ? `  and ${quantity(hidden, 'more reason')} (--json has them)\n` : ''}`;
}

/** `  server_error  12 records, the first: record 4, line 5, custom_id "x": The server had an error`. */
function describeFailure({ reason, count, sample: { index, line, customId, message, text } }: FailureKind): string {
  const place = [`record ${index}`, ...(line === undefined ? [] : [`line ${line}`]), `custom_id ${JSON.stringify(customId)}`].join(', ');
  const said = message ?? text;
  const words = said === undefined ? '' : `: ${printable(said.length > longestSample ? `${said.slice(0, longestSample)}…` : said)}`;
  return `  ${printable(reason)}  ${quantity(count, 'record')}, the first: ${printable(place)}${words}\n`;
}
