import { Command } from 'commander';
import { optionOf } from './flags.ts';
import type { Verb, VerbArgument } from './verb.ts';

/** The commander command of a verb. */
export function commandOf(verb: Verb, done: (exitCode: number) => void): Command {
  const command = new Command(verb.name).summary(verb.summary).description(verb.summary);
  for (const argument of argumentsOf(verb)) command.argument(argument.isOptional === true ? `[${argument.name}]` : `<${argument.name}>`, argument.help);
  for (const flag of verb.flags) command.addOption(optionOf(flag));
  command.addHelpText('after', `\nExamples:\n${verb.examples.map((line) => `  $ ${line}`).join('\n')}\n`);
  command.action(async () => {
    const [argument = '', ...more] = command.args;
    const [{ loadEnvFile }, { settingsOf }, work] = await Promise.all([import('./env-file.ts'), import('./settings.ts'), verb.load()]);
    loadEnvFile();
    done(await work.run(argument, await settingsOf(verb, work, command), more));
  });
  return command;
}

function argumentsOf({ argument, moreArguments = [] }: Verb): readonly VerbArgument[] {
  return argument === undefined ? [] : [argument, ...moreArguments];
}
