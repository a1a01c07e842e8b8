import { existsSync } from 'node:fs';
import { paintFor } from './colors.ts';
import { rootOf } from './root.ts';
import type { RunSummary, Waiting } from '../index.ts';

/** Runs that are named; `millrace runs` has the others. */
const mostRuns = 5;

/** What `millrace` alone shows: what to do next. Resolves with the exit code. */
export async function showHome(): Promise<number> {
  const root = rootOf({});
  const runs = existsSync(root) ? await runsIn(root) : [];
  process.stdout.write(homeText(root, runs, paintFor(process.stdout, {})));
  return 0;
}

async function runsIn(root: string): Promise<readonly RunSummary[]> {
  const { listRuns } = await import('../index.ts');
  // What cannot be read is for `runs` to say.
  return listRuns(root).catch(() => []);
}

function homeText(root: string, runs: readonly RunSummary[], paint: ReturnType<typeof paintFor>): string {
  const waiting = runs.flatMap((run) => (run.waiting === undefined ? [] : [{ ...run, waiting: run.waiting }]));
  const done = runs.filter(({ state }) => state === 'done').length;
  const shown = waiting.slice(0, mostRuns).flatMap(({ name, directory, waiting: next }) => [`  ${paint.strong(name)} ${reasonOf(next)}:`, `    $ ${commandFor(next, shortest(root, name, directory))}`]);
  const hidden = waiting.length - mostRuns;
  const lines = [
    'millrace runs records through the LLM providers’ Batch APIs and joins every result back to its record.',
    '',
    ...(waiting.length > 0 ? [`Runs under ${root} that wait:`, ...shown, ...(hidden > 0 ? [`  and ${hidden} more`] : []), ''] : []),
    ...(waiting.length === 0 && done > 0 ? [`Nothing waits under ${root}; runs that are done: ${done}.`, ''] : []),
    ...(runs.length === 0 ? ['Begin with a file of records, without a key or cost:', "  $ millrace run reviews.csv --emulate --prompt 'Classify: {{text}}' -o out.csv", 'What it would cost:', "  $ millrace estimate reviews.csv --prompt 'Classify: {{text}}' --max-tokens 100", ''] : []),
    `All runs: millrace runs · all commands: millrace --help · one of them: millrace run --help`,
  ];
  return `${lines.join('\n')}\n`;
}

/** As it would be typed here. */
function shortest(root: string, name: string, directory: string): string {
  return existsSync(`${root}/${name}`) ? `${root}/${name}` : directory;
}

function reasonOf({ for: next, shards }: Waiting): string {
  switch (next) {
    case 'run':
      return 'was cut off while it was built';
    case 'submit':
      return `has ${shards} of its shards to send`;
    case 'batches':
      return 'has batches under way';
    case 'fetch':
      return 'has results to fetch';
  }
}

function commandFor({ for: next }: Waiting, directory: string): string {
  switch (next) {
    case 'run':
      return `millrace status ${directory}   # then its command, once more`;
    case 'submit':
      return `millrace submit ${directory}`;
    case 'batches':
      return `millrace wait ${directory} && millrace fetch ${directory} -o out.jsonl`;
    case 'fetch':
      return `millrace fetch ${directory} -o out.jsonl`;
  }
}
