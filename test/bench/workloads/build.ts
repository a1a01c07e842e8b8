import { compareShards, compareShardsInAnyOrder } from '../compare/shards.ts';
import { contender, duckdbPeer, millrace, program, pythonPeer, twoThreads, type Entry } from '../contenders.ts';
import type { Command, Contender, Race, Setting, Target, Workload } from '../race.ts';
import { request } from '../request.ts';
import { peakBelow, timesAsFast } from '../targets.ts';

/** Formats of sources. */
type SourceFormat = 'csv' | 'jsonl' | 'json';

const sizes = { records: 1_000_000, quickRecords: 100_000 } as const;
const peakMegabytes = 160;
const twoThreadsMegabytes = 400;

/** The command line that builds a source into a folder. */
export function buildCommand(setting: Setting, source: string, output: string): Command {
  const { model, system, prompt, maxTokens } = request;
  return millrace(setting, ['build', source, '--id', 'id', '--model', model, '--system', system, '--prompt', prompt, '--max-tokens', String(maxTokens), '-o', output, '--quiet']);
}

/** Sources to request files. */
export const buildWorkloads: readonly Workload[] = [
  {
    ...sizes,
    name: 'build-csv',
    title: 'build requests from CSV, the prompt a template',
    race: (setting, records) =>
      raceOf('csv', setting, records, [
        timesAsFast('millrace', 'python', 3.5),
        timesAsFast('millrace --threads 2', 'python', 7),
        timesAsFast('millrace', 'duckdb', 1),
        timesAsFast('millrace --threads 2', 'duckdb', 1.5),
      ]),
  },
  {
    ...sizes,
    name: 'build-function',
    title: 'build requests from CSV with the library, the prompt a JavaScript function',
    race: (setting, records) => {
      const { entry, python } = entriesOf('csv', setting, records);
      const library = contender(entry, (output) => program(setting, 'subjects/build-function', [...entry.inputs, output]));
      return { contenders: [library, python], targets: [timesAsFast('millrace', 'python', 1.5), peakBelow('millrace', peakMegabytes)] };
    },
  },
  {
    ...sizes,
    name: 'build-jsonl',
    title: 'build requests from JSONL, the prompt a template',
    race: (setting, records) => raceOf('jsonl', setting, records, [timesAsFast('millrace', 'python', 4), timesAsFast('millrace', 'duckdb', 1)]),
  },
  {
    ...sizes,
    name: 'build-json',
    title: 'build requests from one JSON array, the prompt a template',
    race: (setting, records) => raceOf('json', setting, records, [timesAsFast('millrace', 'python', 2.2)]),
  },
];

function raceOf(format: SourceFormat, setting: Setting, records: number, targets: readonly Target[]): Race {
  const { entry, python, duckdb, idiomatic } = entriesOf(format, setting, records);
  const [source = ''] = entry.inputs;
  const commandFor = (output: string) => buildCommand(setting, source, output);
  return {
    contenders: [contender(entry, commandFor), twoThreads(entry, 'build', commandFor), python, duckdb, idiomatic],
    targets: [...targets, peakBelow('millrace', peakMegabytes), peakBelow('millrace --threads 2', twoThreadsMegabytes)],
  };
}

function entriesOf(format: SourceFormat, setting: Setting, records: number): { entry: Entry; python: Contender; duckdb: Contender; idiomatic: Contender } {
  const inputs = setting.data.files(format, records);
  const entry: Entry = { name: 'millrace', setting, records, inputs, compare: compareShards };
  const parametersFor = (output: string) => [format, ...inputs, output];
  return {
    entry,
    python: pythonPeer({ ...entry, name: 'python' }, 'build', parametersFor),
    // Its parallel writer keeps the order of shards, but not inside them.
    duckdb: duckdbPeer({ ...entry, name: 'duckdb', compare: compareShardsInAnyOrder }, 'duckdb-build', parametersFor),
    idiomatic: contender({ ...entry, name: 'node streams' }, (output) => program(setting, 'peers/streams-build', parametersFor(output))),
  };
}
