import { activityOf, buttonsOf } from './confirm.js';
import { bar, count, element, moment, quantity } from './elements.js';
import { requestWords, shardBar } from './runs.js';

/** The view of one run: what the list knows of it at once, the rest when it is read. */
export function runView(run, detail, problem) {
  const { id, name, status } = run;
  const words = activityOf(run);
  return element('article', { 'data-key': id },
    element('nav', { 'aria-label': 'Place' }, element('a', { href: '#/' }, 'All runs')),
    element('h1', { tabindex: '-1' }, element('bdi', {}, name)),
    element('p', { class: 'soft' }, status === undefined ? (run.problem ?? '') : `${status.provider} · ${status.account} · ${quantity(status.records, 'record')} · waits for ${run.waitsFor}`),
    buttonsOf(run),
    words === '' ? '' : element('p', { class: run.activity.state === 'failed' ? 'problem' : 'soft' }, words),
    ...(status === undefined ? [] : [section('Progress', shardBar(status), element('p', {}, `Requests: ${requestWords(status)}`), ...deadlines(status.deadlines))]),
    ...(problem === undefined ? [] : [element('p', { class: 'problem' }, problem)]),
    ...(detail === undefined ? [] : inDepth(detail)));
}

const section = (title, ...children) => element('section', { 'data-key': title, 'aria-label': title }, element('h2', {}, title), ...children.flat());

function deadlines({ expiresAt, resultsUntil }) {
  return [
    ...(expiresAt === undefined ? [] : [element('p', {}, 'The first batch expires ', moment(expiresAt))]),
    ...(resultsUntil === undefined ? [] : [element('p', {}, 'Results can be fetched until ', moment(resultsUntil))]),
  ];
}

function inDepth(detail) {
  const { report, failures, otherFailures } = detail;
  return [
    ...(report === undefined ? [] : [section('Outcomes', outcomes(report))]),
    ...(report === undefined ? [] : [section('Failures', failures.length === 0 ? element('p', {}, 'Every record succeeded.') : [...failures.map(group), ...(otherFailures === 0 ? [] : [element('p', {}, `${quantity(otherFailures, 'more record')} failed for further reasons.`)])])]),
    section('Shards', shardTable(detail)),
    section('Batches', batchTable(detail)),
  ];
}

function outcomes({ records, outcomes: counts, cost, usage }) {
  const parts = Object.entries(counts).filter(([, value]) => value > 0);
  const money = cost === null ? 'Cost unknown' : `Cost $${cost.usd.toFixed(4)}, estimated $${cost.estimatedUsd.toFixed(4)}`;
  return [
    bar(parts.map(([kind, value]) => ({ value, kind, title: `${kind}: ${value}` })), 24),
    element('ul', { class: 'legend' }, parts.map(([kind, value]) => element('li', {}, element('svg', { class: 'swatch', width: '12', height: '12', 'aria-hidden': 'true' }, element('rect', { class: kind, width: '12', height: '12' })), `${kind} `, element('strong', {}, count(value))))),
    element('p', { class: 'soft' }, `${quantity(records, 'record')}. ${money}. ${count(usage.inputTokens)} tokens in, ${count(usage.outputTokens)} out.`),
  ];
}

function table(titles, rows) {
  return element('table', { class: 'cards-when-narrow' }, element('thead', {}, element('tr', {}, titles.map((title) => element('th', { scope: 'col' }, title)))), element('tbody', {}, rows.map(([key, ...cells]) => element('tr', { 'data-key': key }, cells.map((content, at) => (at === 0 ? element('th', { scope: 'row' }, content) : element('td', { 'data-label': titles[at] }, content)))))));
}

function shardTable({ timeline, status }) {
  const total = Object.values(status.shards).reduce((sum, value) => sum + value, 0);
  const rows = timeline.map(({ number, round, state, requestCount, startedAt, endedAt }) => [number, `Shard ${number}`, count(round), state, count(requestCount), startedAt === undefined ? '–' : moment(startedAt), endedAt === undefined ? '–' : moment(endedAt)]);
  return [table(['Shard', 'Round', 'State', 'Requests', 'Sent', 'Ended'], rows), ...(total > timeline.length ? [element('p', { class: 'soft' }, `The first ${timeline.length} of ${count(total)}.`)] : [])];
}

function batchTable({ status: { batches }, moreBatches }) {
  if (batches.length === 0) return element('p', {}, 'No batch yet.');
  const rows = batches.map(({ id, shard, rawStatus, counts, problems: [problem] }) => [id, element('code', {}, id), count(shard), rawStatus, `${count(counts.succeeded)} succeeded, ${count(counts.failed)} failed of ${count(counts.total)}`, problem === undefined ? '' : problem.message]);
  return [table(['Batch', 'Shard', 'Status', 'Requests', 'Problem'], rows), ...(moreBatches > 0 ? [element('p', { class: 'soft' }, `and ${count(moreBatches)} more`)] : [])];
}

function group({ status, reason, count: records, samples }) {
  const title = reason === undefined ? status : `${status}: ${reason}`;
  return element('section', { 'data-key': title }, element('h3', {}, `${title} `, element('span', { class: 'soft' }, `${quantity(records, 'record')}${records > samples.length ? `, the first ${samples.length}` : ''}`)), samples.map((sample) => sampleOf(sample, status)));
}

function sampleOf({ index, line, customId, record, answer, message }, status) {
  const text = (name, excerpt) => (excerpt === undefined || excerpt.text === '' ? [] : [element('dt', {}, name), element('dd', {}, element('pre', { dir: 'auto', tabindex: '0' }, excerpt.text), excerpt.leftOff > 0 ? element('p', { class: 'soft' }, `and ${count(excerpt.leftOff)} more characters`) : '')]);
  return element('div', { class: `sample ${status}`, 'data-key': index }, element('h4', {}, `Record ${count(index)}${line === undefined ? '' : `, line ${count(line)}`} `, element('code', {}, customId)), element('dl', {}, text('What is wrong', message), text('Record', record), text('Answer', answer)));
}
