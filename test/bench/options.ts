import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './paths.ts';

/** What `npm run bench --` takes. */
export interface BenchOptions {
  /** Names of workloads, all of them if empty. */
  readonly only: readonly string[];
  readonly rounds: number;
  /** Records of every workload, instead of its own number. */
  readonly records: number | undefined;
  /** A tenth of the records or less: a look, no proof. */
  readonly quick: boolean;
  /** Folder of the generated files and the outputs. */
  readonly data: string;
  /** Remove the generated files in the end. */
  readonly clean: boolean;
  readonly node: string;
  readonly python: string;
  /** File for the figures. */
  readonly json: string;
  /** Print tables as Markdown. */
  readonly markdown: boolean;
  readonly list: boolean;
}

/** Reads the command line. Fails with a sentence about what is wrong with it. */
export function readOptions(parameters: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      records: { type: 'string' },
      quick: { type: 'boolean', default: false },
      data: { type: 'string', default: join(tmpdir(), 'millrace-bench') },
      clean: { type: 'boolean', default: false },
      node: { type: 'string', default: process.execPath },
      python: { type: 'string', default: 'python3' },
      json: { type: 'string', default: join(root, 'runs/.bench/results.json') },
      markdown: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const records = values.records === undefined ? undefined : count('records', values.records);
  return { ...values, only: values.only.flatMap((names) => names.split(',')), rounds: count('rounds', values.rounds), records };
}

function count(name: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number above 0, not ${text}.`);
  return value;
}
