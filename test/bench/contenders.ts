import { join } from 'node:path';
import { compiled, root } from './paths.ts';
import type { Command, Compare, Contender, Prepared, Setting } from './race.ts';

/** What a contender of a workload is made of. */
export interface Entry {
  readonly name: string;
  readonly setting: Setting;
  readonly records: number;
  readonly inputs: readonly string[];
  readonly compare?: Compare;
}

/** The command line of millrace, as it was built. */
export function millrace(setting: Setting, parameters: readonly string[], more: Partial<Command> = {}): Command {
  return { file: setting.node, parameters: [join(root, 'dist/cli/main.js'), ...parameters], ...more };
}

/** A program of this folder on Node. */
export function program(setting: Setting, name: string, parameters: readonly string[], more: Partial<Command> = {}): Command {
  return { file: setting.node, parameters: [compiled(name), ...parameters], ...more };
}

/** A contender that is one command. */
export function contender({ name, records, inputs, compare }: Entry, commandFor: (output: string, isCheck: boolean) => Command): Contender {
  const prepare = (output: string, isCheck: boolean): Prepared => ({ command: commandFor(output, isCheck) });
  return { name, records, inputs, prepare, ...(compare === undefined ? {} : { compare }) };
}

/** millrace with `--threads 2` besides, which is the same work on two cores. */
export function twoThreads(entry: Entry, verb: string, commandFor: (output: string) => Command): Contender {
  const more = (output: string): Command => {
    const command = commandFor(output);
    return { ...command, parameters: [...command.parameters, '--threads', '2'] };
  };
  return { ...contender({ ...entry, name: `${entry.name} --threads 2` }, more), absence: entry.setting.installations.flag(verb, '--threads', '2') };
}

/** A peer in Python, with the standard library alone. */
export function pythonPeer(entry: Entry, script: string, parametersFor: (output: string) => readonly string[]): Contender {
  const path = join(root, 'test/bench/peers/python', `${script}.py`);
  const { installations } = entry.setting;
  const commandFor = (output: string): Command => ({ file: installations.python?.file ?? '', parameters: ['-B', path, ...parametersFor(output)] });
  return { ...contender(entry, commandFor), absence: installations.pythonAbsence() };
}

/** A peer on DuckDB. */
export function duckdbPeer(entry: Entry, name: string, parametersFor: (output: string) => readonly string[]): Contender {
  return { ...contender(entry, (output) => program(entry.setting, `peers/${name}`, parametersFor(output))), absence: entry.setting.installations.packages(['@duckdb/node-api']) };
}

/** The plainest way to move the bytes: `cat` of all inputs into a file. */
export function catPeer(entry: Entry): Contender {
  return contender({ ...entry, name: 'cat' }, (output) => ({ file: '/bin/sh', parameters: ['-c', 'cat "$@" > "$0"', join(output, 'copy'), ...entry.inputs] }));
}
