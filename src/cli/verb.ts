import { Command } from 'commander';
import { loadEnvFile } from './env-file.ts';
import { optionOf, type FlagName, type FlagValues } from './flags.ts';
import { settingsOf } from './settings.ts';

/** A verb is data: what it is called, takes and does. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** The positional argument, with what it is; verbs without one leave it out. */
  readonly argument?: { readonly name: string; readonly help: string };
  readonly flags: readonly FlagName[];
  /** Command lines shown below the help. */
  readonly examples: readonly string[];
  /** What of a config is meant for this command, beside the flags that were given. @default all of it that the verb has flags for */
  readonly fitConfig?: (config: FlagValues, given: FlagValues) => FlagValues;
  /** Does the work; resolves with the exit code. */
  run(argument: string, flags: FlagValues): Promise<number>;
}

/** The commander command of a verb. */
export function commandOf(verb: Verb, done: (exitCode: number) => void): Command {
  const command = new Command(verb.name).summary(verb.summary).description(verb.summary);
  if (verb.argument) command.argument(`<${verb.argument.name}>`, verb.argument.help);
  for (const flag of verb.flags) command.addOption(optionOf(flag));
  command.addHelpText('after', `\nExamples:\n${verb.examples.map((line) => `  $ ${line}`).join('\n')}\n`);
  command.action(async (...values: unknown[]) => {
    const argument = verb.argument ? String(values[0]) : '';
    loadEnvFile();
    done(await verb.run(argument, await settingsOf(verb, command)));
  });
  return command;
}
