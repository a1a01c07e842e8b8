import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { spawnSync } from 'node:child_process';
import type { Installations } from './installations.ts';
import type { BenchOptions } from './options.ts';
import type { ContenderResult, WorkloadResult } from './results.ts';
import { markdownTable, textTable, type Table } from './table.ts';

/** Where the figures come from. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly python: string;
  readonly rounds: number;
}

/** Looks at the machine, and at what the contenders run on. */
export function describeMachine({ node, rounds }: BenchOptions, { python }: Installations): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${platform()} ${release()}`,
    node: spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim(),
    python: python === undefined ? 'none' : `${python.version}${python.isOptimized ? '' : ' (not built with optimizations)'}`,
    rounds,
  };
}

/** The machine in one line. */
export function machineLine({ cores, processor, memoryBytes, system, node, python, rounds }: Machine): string {
  return `${cores} cores (${processor}), ${Math.round(memoryBytes / 1e9)} GB, ${system}, Node ${node}, Python ${python}; medians of ${rounds} rounds in turn`;
}

/** Times and peaks of a workload, and its targets, for a terminal. */
export function workloadText(result: WorkloadResult): string {
  return `\n${result.name}: ${result.title}, ${result.records.toLocaleString('en')} records\n${textTable(contenderTable(result))}${textTable(targetTable([result]))}`;
}

/** All of it as Markdown: the targets in one table, the times in another. */
export function markdownReport(machine: Machine, results: readonly WorkloadResult[]): string {
  const times = results.map((result) => `\n**${result.name}**: ${result.title}, ${result.records.toLocaleString('en')} records\n\n${markdownTable(contenderTable(result))}`);
  return `${machineLine(machine)}.\n\n${markdownTable(targetTable(results))}${times.join('')}`;
}

function contenderTable({ contenders }: WorkloadResult): Table {
  const number = (title: string) => ({ title, isNumber: true });
  return { columns: [{ title: 'contender' }, number('seconds'), number('from'), number('to'), number('CPU s'), number('peak MB'), number('krecords/s'), number('MB/s')], rows: contenders.map(contenderRow) };
}

function contenderRow({ name, records, inputBytes, absence, wallSeconds = Number.NaN, fastestSeconds, slowestSeconds, cpuSeconds, peakBytes }: ContenderResult): string[] {
  if (absence !== undefined) return [name, absence.reason, '', '', '', '', '', ''];
  const digits = (value: number | undefined, places: number) => (value === undefined ? '' : value.toFixed(places));
  const peak = peakBytes === undefined ? undefined : peakBytes / 1e6;
  return [name, digits(wallSeconds, 2), digits(fastestSeconds, 2), digits(slowestSeconds, 2), digits(cpuSeconds, 2), digits(peak, 0), digits(records / wallSeconds / 1000, 0), digits(inputBytes / wallSeconds / 1e6, 0)];
}

function targetTable(results: readonly WorkloadResult[]): Table {
  const rows = results.flatMap(({ name, targets }) => targets.map(({ subject, against, goal, state, text }) => [name, subject, against, goal, text, state]));
  return { columns: ['workload', 'of', 'against', 'target', 'measured', ''].map((title) => ({ title })), rows };
}
