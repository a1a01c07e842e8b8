import { join } from 'node:path';
import { contender, twoThreads, type Entry } from '../contenders.ts';
import type { Command, Contender, Race, Setting, Target, Workload } from '../race.ts';
import { linearTime, peakBelow, peakGrowth } from '../targets.ts';
import { buildCommand } from './build.ts';
import { joinCommand } from './join.ts';

/** A record among ten million may take so many times as long as one among a million: what the noise of a machine needs. */
const linear = 1.2;
const growthPercent = 15;
/** Below so many records the start of the process is most of what is seen, and growth says nothing. */
const smallest = 100_000;

/** The same work at three sizes. */
export const growthWorkloads: readonly Workload[] = [
  {
    name: 'growth-build',
    title: 'build from CSV, at three sizes: linear time, flat memory',
    records: 10_000_000,
    quickRecords: 100_000,
    race: (setting, records) => growthRace(records, (size) => buildContenders(setting, size), [160, 400]),
  },
  {
    name: 'growth-join',
    title: 'join chat results into CSV, at three sizes: linear time, flat memory',
    records: (setting) => (setting.data.hasRoom(['csv', 'chat'], 10_000_000) ? 10_000_000 : 3_000_000),
    quickRecords: 100_000,
    race: (setting, records) => growthRace(records, (size) => joinContenders(setting, size), [220, 400]),
  },
];

/** Contenders of each size, one thread and two, each with the megabytes it may take. */
function growthRace(records: number, contendersOf: (records: number) => readonly Contender[], megabytes: readonly number[]): Race {
  const sizes = sizesUpTo(records).map(contendersOf);
  const [small = [], middle = [], large = []] = sizes;
  const targets = large.flatMap((largest, at): Target[] => {
    const [one, other] = [small[at] ?? largest, middle[at] ?? largest];
    const growth = one.records < smallest ? [] : [linearTime(other, largest, linear), peakGrowth(one.name, largest.name, growthPercent)];
    return [...growth, peakBelow(largest.name, megabytes[at] ?? 0)];
  });
  return { contenders: sizes.flat(), targets };
}

/** 100 thousand, 1 million and the records asked for; fewer where fewer are asked for. */
function sizesUpTo(records: number): readonly number[] {
  return records > 1_000_000 ? [smallest, 1_000_000, records] : [Math.ceil(records / 100), Math.ceil(records / 10), records];
}

function buildContenders(setting: Setting, records: number): readonly Contender[] {
  const inputs = setting.data.files('csv', records);
  return inBothWays({ name: nameOf(records), setting, records, inputs }, 'build', (output) => buildCommand(setting, inputs[0] ?? '', output));
}

function joinContenders(setting: Setting, records: number): readonly Contender[] {
  const [source = ''] = setting.data.files('csv', records);
  const results = setting.data.files('chat', records);
  return inBothWays({ name: nameOf(records), setting, records, inputs: [source, ...results] }, 'join', (output) => joinCommand(setting, source, results, join(output, 'enriched.csv')));
}

const nameOf = (records: number): string => `${records.toLocaleString('en')} records`;

function inBothWays(entry: Entry, verb: string, commandFor: (output: string) => Command): readonly Contender[] {
  return [contender(entry, commandFor), twoThreads(entry, verb, commandFor)];
}
