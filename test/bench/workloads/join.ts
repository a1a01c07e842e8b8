import { join } from 'node:path';
import { compareCsv, compareJsonl } from '../compare/tables.ts';
import { catPeer, contender, duckdbPeer, millrace, program, pythonPeer, twoThreads, type Entry } from '../contenders.ts';
import type { Command, Contender, Race, Setting, Target, Workload } from '../race.ts';
import { peakBelow, timesAsFast, timesAsLong } from '../targets.ts';

/** Formats of a source and its output. */
type TableFormat = 'csv' | 'jsonl';

const full = { records: 1_000_000, quickRecords: 100_000 } as const;
/** What holds everything in memory is tried at a tenth. */
const tenth = { records: 100_000, quickRecords: 100_000 } as const;
const peaks: readonly Target[] = [peakBelow('millrace', 220), peakBelow('millrace --threads 2', 400)];

/** The command line that joins a source with result files. */
export function joinCommand(setting: Setting, source: string, results: readonly string[], output: string): Command {
  const parameters = ['join', source, '--id', 'id', ...results.flatMap((file) => ['--results', file]), '-o', output, '--quiet'];
  // 3: some records have no answer, as in real life.
  return millrace(setting, parameters, { exitCodes: [0, 3] });
}

/** Sources and chat results to enriched files. */
export const joinWorkloads: readonly Workload[] = [
  {
    ...full,
    name: 'join-csv',
    title: 'join chat results of 1.3 kB into CSV, in source order',
    race: (setting, records) => {
      const { millraces, duckdb, cat } = contendersOf('csv', setting, records);
      return {
        contenders: [...millraces, duckdb, cat],
        targets: [timesAsFast('millrace', 'duckdb', 1), timesAsFast('millrace --threads 2', 'duckdb', 1.5), timesAsLong('millrace', 'cat', 12), ...peaks],
      };
    },
  },
  {
    ...tenth,
    name: 'join-csv-python',
    title: 'the same, against what holds everything in memory',
    race: (setting, records) => {
      const { millraces, python, idiomatic } = contendersOf('csv', setting, records);
      return { contenders: [...millraces, python, idiomatic], targets: [timesAsFast('millrace', 'python', 6)] };
    },
  },
  {
    ...full,
    name: 'join-jsonl',
    title: 'join chat results of 1.3 kB into JSONL, in source order',
    race: (setting, records) => {
      const { millraces, duckdb } = contendersOf('jsonl', setting, records);
      return { contenders: [...millraces, duckdb], targets: [timesAsFast('millrace', 'duckdb', 1.1), timesAsFast('millrace --threads 2', 'duckdb', 1.8), ...peaks] };
    },
  },
  {
    ...tenth,
    name: 'join-function',
    title: 'join chat results into CSV with the library, with user code on parsed outcomes',
    race: functionRace,
  },
];

function contendersOf(format: TableFormat, setting: Setting, records: number): { millraces: readonly Contender[]; python: Contender; duckdb: Contender; idiomatic: Contender; cat: Contender } {
  const { entry, source, results, name } = entryOf(format, setting, records);
  const commandFor = (output: string) => joinCommand(setting, source, results, join(output, name));
  const parametersFor = (output: string) => [format, source, folderOf(results), join(output, name)];
  return {
    millraces: [contender(entry, commandFor), twoThreads(entry, 'join', commandFor)],
    python: pythonPeer({ ...entry, name: 'python' }, 'join', parametersFor),
    duckdb: duckdbPeer({ ...entry, name: 'duckdb' }, 'duckdb-join', parametersFor),
    // It holds all results, and needs room for them.
    idiomatic: contender({ ...entry, name: 'node streams' }, (output) => program(setting, 'peers/streams-join', parametersFor(output), { environment: { NODE_OPTIONS: '--max-old-space-size=12000' } })),
    cat: catPeer({ name: 'cat', setting, records, inputs: entry.inputs }),
  };
}

function functionRace(setting: Setting, records: number): Race {
  const { entry, source, results, name } = entryOf('csv', setting, records);
  return {
    contenders: [
      contender(entry, (output) => program(setting, 'subjects/join-function', [source, join(output, name), ...results])),
      pythonPeer({ ...entry, name: 'python' }, 'join', (output) => ['function', source, folderOf(results), join(output, name)]),
    ],
    targets: [timesAsFast('millrace', 'python', 3.5), peakBelow('millrace', 220)],
  };
}

function entryOf(format: TableFormat, setting: Setting, records: number): { entry: Entry; source: string; results: readonly string[]; name: string } {
  const [source = ''] = setting.data.files(format, records);
  const results = setting.data.files('chat', records);
  const name = `enriched.${format}`;
  const entry: Entry = { name: 'millrace', setting, records, inputs: [source, ...results], compare: format === 'csv' ? compareCsv(name) : compareJsonl(name) };
  return { entry, source, results, name };
}

/** Peers take all files of a folder. */
const folderOf = ([first = '']: readonly string[]): string => join(first, '..');
