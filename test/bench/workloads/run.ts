import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contender, millrace, type Entry } from '../contenders.ts';
import { keys, startEmulatorProcess } from '../emulator.ts';
import type { Contender, Setting, Workload } from '../race.ts';
import { request } from '../request.ts';
import { cpuBelow } from '../targets.ts';
import { buildCommand } from './build.ts';
import { joinCommand } from './join.ts';

/** All of it in one command. */
export const runWorkloads: readonly Workload[] = [
  {
    name: 'run',
    title: 'a whole run against the emulator in another process; what counts is the CPU of millrace itself',
    records: 1_000_000,
    quickRecords: 100_000,
    race: (setting, records) => {
      const inputs = setting.data.files('csv', records);
      const [source = ''] = inputs;
      const entry: Entry = { name: 'build', setting, records, inputs };
      return {
        contenders: [runContender({ ...entry, name: 'run' }, source), contender(entry, (output) => buildCommand(setting, source, output)), joinContender({ ...entry, name: 'join' }, source)],
        targets: [cpuBelow('run', ['build', 'join'], 3)],
      };
    },
  },
];

/** The result files that the run of this round downloaded. */
const answersBeside = (output: string): string => join(output, '../answers');

function runContender({ setting, ...entry }: Entry, source: string): Contender {
  return {
    ...entry,
    async prepare(output) {
      const emulator = await startEmulatorProcess(setting, join(output, 'emulator'));
      const run = join(output, 'run');
      const finish = async () => {
        await emulator.stop();
        rmSync(answersBeside(output), { recursive: true, force: true });
        renameSync(join(run, 'results'), answersBeside(output));
      };
      return { command: runCommand(setting, source, emulator.openaiUrl, run, join(output, 'enriched.csv')), finish };
    },
  };
}

function runCommand(setting: Setting, source: string, url: string, run: string, output: string) {
  const { model, system, prompt, maxTokens } = request;
  const requestFlags = ['--id', 'id', '--model', model, '--system', system, '--prompt', prompt, '--max-tokens', String(maxTokens)];
  return millrace(setting, ['run', source, ...requestFlags, '--base-url', url, '--poll-interval', '1s', '--dir', run, '-o', output, '--quiet'], { environment: keys, exitCodes: [0, 3] });
}

/** The join of the same records with the same results. */
function joinContender({ setting, ...entry }: Entry, source: string): Contender {
  return {
    ...entry,
    prepare(output) {
      const folder = answersBeside(output);
      mkdirSync(folder, { recursive: true });
      const results = readdirSync(folder).sort().map((name) => join(folder, name));
      return { command: joinCommand(setting, source, results, join(output, 'enriched.csv')) };
    },
  };
}
