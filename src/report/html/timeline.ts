import { sumOf } from '../../numbers.ts';
import { bar, type BarPart } from './bars.ts';
import { escapeHtml } from './escape.ts';
import type { ReportPageData, ShardTime } from './page-data.ts';
import { count, moment, span } from './words.ts';

/** When each shard waited, ran and was done, as a table of bars over one span of time. Pure. */
export function timeline({ timeline: shards, status, at }: ReportPageData): string {
  const [begin, end] = spanOf(shards, at);
  const total = sumOf(status.shards);
  const rows = shards.map((shard) => row(shard, begin, end, at));
  const more = total > shards.length ? `<p class="note">The first ${count(shards.length)} of ${count(total)} shards are shown.</p>` : '';
  return `<table class="bars"><caption>From ${moment(begin)} to ${moment(end)} (${span(end - begin)})</caption><thead class="unseen"><tr><th scope="col">shard</th><th scope="col">time</th><th scope="col">state</th></tr></thead><tbody>${rows.join('')}</tbody></table>${key}${more}`;
}

const key = `<ul class="legend inline">${[
  ['queued', 'waiting to be sent'],
  ['running', 'at the provider'],
  ['done', 'ended'],
  ['failed', 'failed'],
].map(([kind, name]) => `<li><svg class="swatch" width="12" height="12" aria-hidden="true"><rect class="${kind}" width="12" height="12" rx="2"/></svg><span class="name">${name}</span></li>`).join('')}</ul>`;

/** What there is to see: a run that stands still does not end in a desert. */
function spanOf(shards: readonly ShardTime[], at: number): [number, number] {
  const times = shards.flatMap(({ readyAt, startedAt, endedAt }) => [readyAt, startedAt ?? readyAt, endedAt ?? at]);
  const begin = times.reduce((first, time) => Math.min(first, time), at);
  return [begin, Math.max(begin + 1, times.reduce((last, time) => Math.max(last, time), begin))];
}

function row(shard: ShardTime, begin: number, end: number, at: number): string {
  const { number, round, requestCount } = shard;
  const size = `${count(requestCount)} request${requestCount === 1 ? '' : 's'}`;
  return `<tr><th scope="row">Shard ${number}${round > 1 ? ` <span class="soft">round ${round}</span>` : ''}<br><span class="soft">${size}</span></th><td class="wide">${bar(partsOf(shard, begin, end, at))}</td><td class="number">${words(shard, at)}</td></tr>`;
}

function partsOf({ readyAt, startedAt, endedAt, state }: ShardTime, begin: number, end: number, at: number): BarPart[] {
  const part = (from: number, to: number, kind: string, title: string): BarPart[] => (to > from ? [{ from: (from - begin) / (end - begin), size: (to - from) / (end - begin), kind, title: `${title}: ${span(to - from)}` }] : []);
  if (startedAt === undefined) return part(readyAt, at, 'queued', 'waiting to be sent');
  const isOver = state === 'ended' || state === 'fetched' || state === 'failed';
  const ran = endedAt ?? (isOver ? startedAt : at);
  const last = isOver ? [{ from: Math.min(0.99, (ran - begin) / (end - begin)), size: 0.01, kind: state === 'failed' ? 'failed' : 'done', title: `ended ${moment(ran)}` }] : [];
  return [...part(readyAt, startedAt, 'queued', 'waiting to be sent'), ...part(startedAt, ran, 'running', 'at the provider'), ...last];
}

function words({ state, rawStatus, via, startedAt, endedAt }: ShardTime, at: number): string {
  const word = via === 'send' ? 'sent one by one' : (rawStatus ?? stateWords[state]);
  const took = startedAt === undefined ? '' : `<br><span class="soft">${span((endedAt ?? at) - startedAt)}</span>`;
  return `${escapeHtml(word)}${took}`;
}

const stateWords: Readonly<Record<ShardTime['state'], string>> = { built: 'not sent', uploaded: 'uploaded', submitted: 'submitted', ended: 'ended', fetched: 'fetched', failed: 'failed' };
