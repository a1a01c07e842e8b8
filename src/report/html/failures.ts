import type { Excerpt, FailureSample, FailureGroup } from '../failure-samples.ts';
import { escapeHtml } from './escape.ts';
import type { ReportPageData } from './page-data.ts';
import { count } from './words.ts';

/** The first records of each failure reason. Pure. */
export function failures({ failures: groups, otherFailures }: ReportPageData): string {
  const more = otherFailures > 0 ? `<p class="note">${count(otherFailures)} more records failed for further reasons.</p>` : '';
  return groups.map(group).join('') + more;
}

function group({ status, reason, count: records, samples }: FailureGroup): string {
  const name = `${status}${reason === undefined ? '' : `: <code>${escapeHtml(reason)}</code>`}`;
  const which = records > samples.length ? `${count(records)} records, the first ${samples.length}` : `${count(records)} record${records === 1 ? '' : 's'}`;
  return `<h3>${name} <span class="soft">${which}</span></h3>${samples.map((sample) => article(sample, status)).join('')}`;
}

function article({ index, line, customId, record, answer, message }: FailureSample, status: string): string {
  const where = `Record ${count(index)}${line === undefined ? '' : `, line ${count(line)}`}`;
  const id = customId === '' ? '' : ` <span class="soft">custom_id</span> <code><bdi>${escapeHtml(customId)}</bdi></code>`;
  return `<article class="sample ${status}"><h4>${where}${id}</h4><dl>${part('What is wrong', message)}${part('Record', record)}${part('Answer', answer)}</dl></article>`;
}

function part(name: string, excerpt: Excerpt | undefined): string {
  if (excerpt === undefined || excerpt.text === '') return '';
  const rest = excerpt.leftOff > 0 ? `<p class="note">and ${count(excerpt.leftOff)} more characters</p>` : '';
  // A text that scrolls must be reachable by keyboard.
  return `<dt>${name}</dt><dd><pre dir="auto" tabindex="0">${escapeHtml(excerpt.text)}</pre>${rest}</dd>`;
}
