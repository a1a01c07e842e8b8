import { activityOf, buttonsOf } from './confirm.js';
import { bar, count, element, quantity } from './elements.js';

const shardKinds = { built: 'queued', uploaded: 'queued', submitted: 'running', ended: 'ended', fetched: 'done', failed: 'failed' };

/** Shards by state, as a bar and in words. */
export function shardBar({ shards }) {
  const states = Object.entries(shards).filter(([, value]) => value > 0);
  return [
    bar(states.map(([state, value]) => ({ value, kind: shardKinds[state], title: `${value} ${state}` }))),
    element('span', { class: 'soft' }, states.map(([state, value]) => `${count(value)} ${state}`).join(', ') || 'no shards'),
  ];
}

/** How far the requests are, as the provider counts. */
export const requestWords = ({ requests: { total, succeeded, failed } }) => `${count(succeeded + failed)} of ${count(total)} done${failed > 0 ? `, ${count(failed)} failed` : ''}`;

/** The view of all runs. */
export function runsView({ root, runs, problem }) {
  if (problem !== undefined) return element('section', { 'data-key': 'runs' }, element('h1', { tabindex: '-1' }, 'Runs'), element('p', { class: 'problem' }, problem));
  const rows = runs.map(rowOf);
  const table = element('table', { class: 'cards-when-narrow' },
    element('caption', { class: 'soft' }, `${quantity(runs.length, 'run')} under ${root}`),
    element('thead', {}, element('tr', {}, ['Run', 'Provider', 'Records', 'Shards', 'Requests', 'Waits for', 'Actions'].map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, rows));
  const none = element('p', {}, `There is no run under ${root} yet. `, element('code', {}, 'millrace run'), ' makes one; it appears here.');
  return element('section', { 'data-key': 'runs' }, element('h1', { tabindex: '-1' }, 'Runs'), runs.length === 0 ? none : table);
}

const cell = (label, ...children) => element('td', { 'data-label': label }, ...children);

function rowOf(run) {
  const { id, name, status, problem, waitsFor } = run;
  const title = element('th', { scope: 'row' }, element('a', { href: `#/runs/${id}` }, element('bdi', {}, name)));
  if (status === undefined) return element('tr', { 'data-key': id }, title, element('td', { colspan: '6', class: 'problem' }, problem));
  const words = activityOf(run);
  return element('tr', { 'data-key': id }, title,
    cell('Provider', status.provider), cell('Records', count(status.records)), cell('Shards', shardBar(status)), cell('Requests', requestWords(status)),
    cell('Waits for', waitsFor, words === '' ? [] : element('p', { class: run.activity.state === 'failed' ? 'problem' : 'soft' }, words)),
    cell('Actions', buttonsOf(run)));
}
