import { outcomeStatuses, type OutcomeStatus } from '../../join/outcome.ts';
import { sumOf } from '../../numbers.ts';
import { stackedBar } from './bars.ts';
import { escapeHtml } from './escape.ts';
import type { ReportPageData } from './page-data.ts';
import { count, percent } from './words.ts';

const meanings: Readonly<Record<OutcomeStatus, string>> = {
  succeeded: 'answered, usable',
  unusable: 'answered, not usable as asked',
  errored: 'refused or failed',
  expired: 'never executed',
  canceled: 'never executed',
  missing: 'no result came',
  rejected: 'never sent',
};

/** The sentence that says how it went. Pure. */
export function verdict({ report, status: { shards, requests, state } }: ReportPageData): string {
  if (report) return `<p class="verdict"><strong>${percent(report.outcomes.succeeded, report.records)}</strong> of ${count(report.records)} records succeeded.</p>`;
  const total = sumOf(shards);
  const here = shards.fetched + shards.failed;
  const words = state === 'building' ? 'The run was cut off while it was built; nothing was sent.' : `The run is not finished: the results of ${count(here)} of ${count(total)} shards are here, and the provider says that ${count(requests.succeeded + requests.failed)} of ${count(requests.total)} requests are done.`;
  return `<p class="verdict">${words}</p>`;
}

/** What became of the records; while results are to come, what the provider says. Pure. */
export function outcomes({ report, status: { requests } }: ReportPageData): string {
  if (report) return stackedBar(outcomeStatuses.map((name) => ({ name, value: report.outcomes[name], kind: name, meaning: meanings[name] })), report.records);
  const waiting = Math.max(0, requests.total - requests.succeeded - requests.failed);
  return stackedBar([{ name: 'succeeded', value: requests.succeeded, kind: 'succeeded' }, { name: 'failed', value: requests.failed, kind: 'errored' }, { name: 'in flight', value: waiting, kind: 'queued' }], requests.total);
}

const mostReasons = 30;

/** Why records did not succeed, the commonest reason first. Pure. */
export function reasons({ report }: ReportPageData): string {
  const found = Object.entries(report?.reasons ?? {}).toSorted(([, a], [, b]) => b - a);
  if (!report || found.length === 0) return '';
  const rows = found.slice(0, mostReasons).map(([reason, value]) => `<tr><th scope="row"><code>${escapeHtml(reason.slice(0, 200))}</code></th><td class="number">${count(value)}</td><td class="number soft">${percent(value, report.records)}</td></tr>`);
  const more = found.length > mostReasons ? `<p class="note">and ${count(found.length - mostReasons)} more reasons</p>` : '';
  return `<table><thead class="unseen"><tr><th scope="col">reason</th><th scope="col">records</th><th scope="col">share</th></tr></thead><tbody>${rows.join('')}</tbody></table>${more}`;
}
