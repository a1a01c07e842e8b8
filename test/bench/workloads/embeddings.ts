import { join } from 'node:path';
import { compareFloats } from '../compare/floats.ts';
import { compareJsonl } from '../compare/tables.ts';
import { contender, duckdbPeer, pythonPeer, type Entry } from '../contenders.ts';
import type { Command, Compare, Race, Setting, Workload } from '../race.ts';
import { peakBelow, timesAsFast } from '../targets.ts';
import { joinCommand } from './join.ts';

const sizes = { records: 20_000, quickRecords: 2000 } as const;
const name = 'enriched.jsonl';
const peak = peakBelow('millrace', 220);

/** Sources and vectors to enriched files. */
export const embeddingWorkloads: readonly Workload[] = [
  {
    ...sizes,
    name: 'join-embeddings',
    title: 'join embeddings of 21.5 kB into JSONL',
    race: (setting, records) => {
      const { entry, commandFor, parametersFor, python } = entriesOf(setting, records, compareJsonl(name));
      // Here it is faster with one thread than with all.
      const duckdb = duckdbPeer({ ...entry, name: 'duckdb, 1 thread' }, 'duckdb-embeddings', parametersFor);
      return { contenders: [contender(entry, commandFor), python, duckdb], targets: [timesAsFast('millrace', 'python', 20), timesAsFast('millrace', 'duckdb, 1 thread', 6), peak] };
    },
  },
  {
    ...sizes,
    name: 'join-embeddings-float32',
    title: 'the same into a file of float32, against Python writing JSONL',
    race: float32Race,
  },
];

function float32Race(setting: Setting, records: number): Race {
  const { entry, commandFor, python } = entriesOf(setting, records, compareFloats(name));
  const flag = ['--embedding-format', 'float32'] as const;
  const float32 = contender(entry, (output) => {
    const command = commandFor(output);
    return { ...command, parameters: [...command.parameters, ...flag] };
  });
  return { contenders: [{ ...float32, absence: setting.installations.flag('join', ...flag) }, python], targets: [timesAsFast('millrace', 'python', 4), peak] };
}

function entriesOf(setting: Setting, records: number, compare: Compare) {
  const [source = ''] = setting.data.files('jsonl', records);
  const results = setting.data.files('embeddings', records);
  const entry: Entry = { name: 'millrace', setting, records, inputs: [source, ...results], compare };
  const parametersFor = (output: string): readonly string[] => [source, join(results[0] ?? '', '..'), join(output, name)];
  return {
    entry,
    parametersFor,
    commandFor: (output: string): Command => joinCommand(setting, source, results, join(output, name)),
    python: pythonPeer({ ...entry, name: 'python' }, 'embeddings', parametersFor),
  };
}
