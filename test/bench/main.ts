import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../src/errors.ts';
import { DataStore } from './data/store.ts';
import { Installations } from './installations.ts';
import { readOptions, type BenchOptions } from './options.ts';
import type { Setting, Workload } from './race.ts';
import { describeMachine, machineLine, markdownReport, workloadText, type Machine } from './report.ts';
import { resultOf, type WorkloadResult } from './results.ts';
import { runRace } from './run-race.ts';
import { workloads } from './workloads.ts';

// How fast millrace is, beside what else one could take: every line of the table of targets.
// npm run bench -- --quick --rounds 2 --only build-csv,join-csv
// The figures go to stdout and, as JSON, to a file; what is going on to stderr. Ends with 1 where outputs differ or a program fails: a missed
// target is a figure, no failure.

const tell = (line: string) => process.stderr.write(`${line}\n`);
const print = (text: string) => process.stdout.write(text);

function selected({ only }: BenchOptions): readonly Workload[] {
  const unknown = only.find((name) => !workloads.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new Error(`There is no workload ${unknown}. There are ${workloads.map(({ name }) => name).join(', ')}.`);
  return workloads.filter(({ name }) => only.length === 0 || only.includes(name));
}

async function measureWorkload(workload: Workload, setting: Setting, { records, quick, rounds, data }: BenchOptions): Promise<WorkloadResult> {
  const full = () => (typeof workload.records === 'number' ? workload.records : workload.records(setting));
  const count = records ?? (quick ? workload.quickRecords : full());
  tell(`\n${workload.name}: ${workload.title}, ${count} records`);
  const race = workload.race(setting, count);
  const folder = join(data, 'bench-outputs', workload.name);
  const measured = await runRace(race, { folder, rounds, say: tell });
  rmSync(folder, { recursive: true, force: true });
  return resultOf(workload, count, race, measured);
}

function writeJson(path: string, machine: Machine, results: readonly WorkloadResult[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ machine, workloads: results }, null, 2)}\n`);
}

async function bench(options: BenchOptions): Promise<void> {
  const { node, python, data, json, markdown, clean } = options;
  const chosen = selected(options);
  const installations = new Installations(node, python);
  const setting: Setting = { data: new DataStore(data, tell), installations, node };
  const machine = describeMachine(options, installations);
  if (!markdown) print(`${machineLine(machine)}\n`);
  const results: WorkloadResult[] = [];
  for (const workload of chosen) {
    results.push(await measureWorkload(workload, setting, options));
    if (!markdown) print(results.slice(-1).map(workloadText).join(''));
    // After each, so that hours are not lost to a failure at the end.
    writeJson(json, machine, results);
  }
  if (markdown) print(markdownReport(machine, results));
  rmSync(join(data, 'bench-outputs'), { recursive: true, force: true });
  if (clean) setting.data.clear();
  tell(`\nFigures are in ${json}${clean ? '' : `, data in ${data}`}.`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.list) for (const { name, title } of workloads) print(`${name.padEnd(24)} ${title}\n`);
  else await bench(options);
} catch (error) {
  tell(messageOf(error));
  process.exitCode = 1;
}
