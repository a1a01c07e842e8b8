import type { Command } from 'commander';
import { findConfig, readConfig } from './config-file.ts';
import { flagValuesOf } from './config-values.ts';
import type { FlagName, FlagValues } from './flags.ts';
import { withPromptFiles } from './prompt-file.ts';
import type { Verb, VerbWork } from './verb.ts';

/** What a flag of the command line replaces in a config beside the same key: the two would contradict each other. */
const rivals: Readonly<Partial<Record<FlagName, readonly FlagName[]>>> = {
  prompt: ['messages'],
  messages: ['prompt', 'system'],
  emulate: ['baseUrl'],
  baseUrl: ['emulate', 'speed', 'fault', 'faults'],
};

/**
 * What a verb works with: its flags, then what the config file says beside them, with the texts of the files that they name.
 *
 * @throws InputError `file_not_found`, `invalid_option`
 */
export async function settingsOf({ flags }: Verb, { fitConfig = (config) => config }: VerbWork, command: Command): Promise<FlagValues> {
  // Commander hands the options over as the table in flags.ts describes them.
  const all = command.opts<FlagValues>();
  const file = flags.includes('config') ? findConfig(all.config) : undefined;
  if (file === undefined) return withPromptFiles(all);
  const given = givenOf(all, command);
  const config = fitConfig(flagValuesOf(await readConfig(file), flags, file), given);
  const merged = merge(config, given, flags);
  if (merged.quiet !== true) process.stderr.write(`config: ${file}\n`);
  return withPromptFiles(merged);
}

/** The flags that the command line holds, without defaults. */
function givenOf(all: FlagValues, command: Command): FlagValues {
  return Object.fromEntries(Object.entries(all).filter(([name]) => command.getOptionValueSource(name) === 'cli'));
}

/** Flags win over the config, parameter by parameter, as metadata do. Pure. */
function merge(config: FlagValues, given: FlagValues, flags: readonly FlagName[]): FlagValues {
  // Every key of the values is one of the table.
  const names = Object.keys(given) as FlagName[];
  const replaced = [...names.flatMap((name) => rivals[name] ?? []), ...(flags.includes('folder') ? targetsReplacedBy(given) : [])];
  const param = config.param === undefined && given.param === undefined ? {} : { param: { ...config.param, ...given.param } };
  const metadata = config.metadata === undefined && given.metadata === undefined ? {} : { metadata: { ...config.metadata, ...given.metadata } };
  return { ...without(config, replaced), ...given, ...param, ...metadata };
}

/** Of `build`, `-o` asks for the files alone and `--dir` for a run. */
function targetsReplacedBy({ output, dir }: FlagValues): FlagName[] {
  if (output !== undefined) return ['dir', 'maxOutputCost'];
  return dir === undefined ? [] : ['output'];
}

/** Values less some of them. */
export function without(values: FlagValues, names: readonly FlagName[]): FlagValues {
  const left = new Set<string>(names);
  return Object.fromEntries(Object.entries(values).filter(([name]) => !left.has(name)));
}
