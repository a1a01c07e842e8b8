import { statSync } from 'node:fs';
import type { Absence, Measurement, Race, Rounds, Target, Workload } from './race.ts';
import { median } from './statistics.ts';

/** What came of a workload, as the JSON file has it. */
export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly records: number;
  readonly contenders: readonly ContenderResult[];
  readonly targets: readonly TargetResult[];
}

/** Medians over the rounds of a contender; nothing but its absence if it did not take part. */
export interface ContenderResult {
  readonly name: string;
  readonly records: number;
  readonly inputBytes: number;
  readonly absence?: Absence;
  readonly wallSeconds?: number;
  readonly fastestSeconds?: number;
  readonly slowestSeconds?: number;
  readonly cpuSeconds?: number;
  readonly peakBytes?: number;
  readonly rounds: readonly Measurement[];
}

/** Whether a target was met. */
export interface TargetResult {
  readonly subject: string;
  readonly against: string;
  readonly goal: string;
  readonly state: 'met' | 'missed' | 'not measured' | Absence['reason'];
  /** The median of the ratios of the rounds, or another figure. */
  readonly value?: number;
  readonly text: string;
}

/** Sums up the rounds of a workload. */
export function resultOf({ name, title }: Workload, records: number, race: Race, rounds: Rounds): WorkloadResult {
  const contenders = race.contenders.map(({ name: contender, inputs, absence, records: count }): ContenderResult => ({
    name: contender,
    records: count,
    inputBytes: inputs.reduce((sum, path) => sum + statSync(path).size, 0),
    ...(absence === undefined ? summaryOf(rounds.get(contender) ?? []) : { absence, rounds: [] }),
  }));
  return { name, title, records, contenders, targets: race.targets.map((target) => judge(target, race, rounds)) };
}

function summaryOf(rounds: readonly Measurement[]): Pick<ContenderResult, 'rounds' | 'wallSeconds' | 'fastestSeconds' | 'slowestSeconds' | 'cpuSeconds' | 'peakBytes'> {
  const walls = rounds.map(({ wallSeconds }) => wallSeconds);
  const cpus = rounds.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
  const peaks = rounds.flatMap(({ peakBytes }) => peakBytes ?? []);
  return {
    wallSeconds: median(walls),
    fastestSeconds: Math.min(...walls),
    slowestSeconds: Math.max(...walls),
    ...(cpus.length === 0 ? {} : { cpuSeconds: median(cpus) }),
    ...(peaks.length === 0 ? {} : { peakBytes: median(peaks) }),
    rounds,
  };
}

function judge({ subject, against, goal, needs, measure }: Target, { contenders }: Race, rounds: Rounds): TargetResult {
  const target = { subject, against, goal };
  const absent = contenders.find(({ name, absence }) => absence !== undefined && needs.includes(name))?.absence;
  if (absent !== undefined) return { ...target, state: absent.reason, text: absent.detail };
  const figure = measure(rounds);
  if (figure === undefined) return { ...target, state: 'not measured', text: 'no GNU time, and no process of Node' };
  return { ...target, state: figure.isMet ? 'met' : 'missed', value: figure.value, text: figure.text };
}
