import { listen, readRun, takeToken } from './api.js';
import { element, patch } from './elements.js';
import { activityOf, askFor } from './confirm.js';
import { runView } from './run.js';
import { runsView } from './runs.js';

const main = document.getElementById('main');
const connection = document.getElementById('connection');
const news = document.getElementById('news');

/** What is shown: the list as it came last, and the run that is open, read in depth. */
const shown = { list: undefined, open: undefined, detail: undefined, stamp: undefined, problem: undefined };

takeToken();
show();
addEventListener('hashchange', () => {
  if (location.hash === '#main') return;
  show();
  // Whoever uses a keyboard or a screen reader goes on at the top of what is new.
  main.querySelector('h1')?.focus();
});
main.addEventListener('click', ({ target }) => {
  const button = target.closest('button[data-action]');
  if (button !== null) askFor(button, tell);
});
void listen(onList, (state, words) => {
  connection.textContent = words;
  connection.className = state;
  if (state === 'refused') main.replaceChildren(element('h1', {}, 'Not let in'), element('p', {}, words));
});

function onList(list) {
  tellNews(shown.list, list);
  shown.list = list;
  show();
}

function show() {
  const { list } = shown;
  if (list === undefined) return;
  const id = /^#\/runs\/(.+)$/.exec(location.hash)?.[1];
  const run = id === undefined ? undefined : list.runs?.find((one) => one.id === id);
  document.title = run === undefined ? 'millrace' : `${run.name}: millrace`;
  if (run !== undefined) load(run);
  else if (id !== undefined && list.runs !== undefined) return draw(element('section', {}, element('h1', { tabindex: '-1' }, 'There is no such run'), element('p', {}, element('a', { href: '#/' }, 'All runs'))));
  draw(run === undefined ? runsView(list) : runView(run, shown.detail, shown.problem));
}

function draw(view) {
  const hadFocus = main.contains(document.activeElement);
  patch(main, element('main', { id: 'main', tabindex: '-1' }, view));
  // A button that is gone takes the focus with it; it goes on at the top, not at the start of the page.
  if (hadFocus && !main.contains(document.activeElement)) main.querySelector('h1')?.focus();
}

/** Reads a run in depth when it was opened, and whenever its ledger changed. */
function load(run) {
  if (shown.open === run.id && shown.stamp === run.stamp) return;
  if (shown.open !== run.id) Object.assign(shown, { detail: undefined, problem: undefined });
  Object.assign(shown, { open: run.id, stamp: run.stamp });
  const settle = (change) => {
    if (shown.open !== run.id) return;
    Object.assign(shown, change);
    show();
  };
  if (run.status === undefined) return;
  readRun(run.id).then((detail) => settle({ detail, problem: undefined }), (error) => settle({ problem: error.message }));
}

/** Says to a screen reader what a look at the page would show. */
function tellNews(before, { runs = [] }) {
  const told = runs.flatMap((run) => {
    const old = before?.runs?.find(({ id }) => id === run.id);
    if (old === undefined) return before === undefined ? [] : [`${run.name} appeared`];
    const words = activityOf(run);
    return [...(words === '' || words === activityOf(old) ? [] : [`${run.name}: ${words}`]), ...(run.waitsFor === old.waitsFor ? [] : [`${run.name} waits for ${run.waitsFor}`])];
  });
  if (told.length > 0) tell(told.join('. '));
}

function tell(words) {
  news.textContent = words;
}
