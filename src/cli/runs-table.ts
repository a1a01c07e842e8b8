import type { RunState, RunSummary, Waiting } from '../index.ts';
import type { Paint } from './colors.ts';
import { printable, textTable, type Cell, type Column } from './text-table.ts';
import { age, grouped, minute, quantity, usd } from './words.ts';

const columns: readonly Column[] = [
  { title: 'run' },
  { title: 'label' },
  { title: 'metadata' },
  { title: 'provider' },
  { title: 'state' },
  { title: 'records', isNumber: true },
  { title: 'cost', isNumber: true },
  { title: 'age', isNumber: true },
  { title: 'waits for' },
];

/** Runs as people read them, a line each. */
export function runsTable(runs: readonly RunSummary[], paint: Paint, now: number): string {
  return textTable(columns, runs.map((run) => rowOf(run, paint, now)), paint.faint);
}

function rowOf({ name, state, status, cost, waiting, problem }: RunSummary, paint: Paint, now: number): Cell[] {
  return [
    { text: printable(name), paint: paint.strong },
    { text: printable(status?.label ?? '') },
    { text: printable(Object.entries(status?.metadata ?? {}).map(([key, value]) => `${key}=${value}`).join(' ')) },
    { text: status?.provider ?? '' },
    { text: state, paint: paintOf(state, paint) },
    { text: status ? grouped(status.records) : '' },
    { text: cost === undefined ? '' : usd(cost.usd) },
    { text: status === undefined ? '' : age(now - status.createdAt) },
    { text: problem === undefined ? describeWaiting(waiting) : printable(problem.message) },
  ];
}

function paintOf(state: RunState, paint: Paint): (text: string) => string {
  switch (state) {
    case 'done':
      return paint.good;
    case 'failed':
    case 'foreign':
    case 'broken':
    case 'vanished':
      return paint.bad;
    case 'building':
    case 'built':
    case 'sending':
    case 'waiting':
    case 'ended':
      return paint.waiting;
  }
}

/** What a run waits for, in words. */
export function describeWaiting(waiting: Waiting | undefined): string {
  if (waiting === undefined) return '';
  const until = waiting.until === undefined ? '' : minute(waiting.until);
  switch (waiting.for) {
    case 'run':
      return 'its command, once more';
    case 'submit':
      return `submit (${quantity(waiting.shards, 'shard')})`;
    case 'batches':
      return `${quantity(waiting.shards, 'batch', 'batches')}${until === '' ? '' : `, until ${until}`}`;
    case 'fetch':
      return `fetch (${quantity(waiting.shards, 'shard')})${until === '' ? '' : `, until ${until}`}`;
  }
}
