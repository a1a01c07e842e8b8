import { Command, CommanderError } from 'commander';
import { commandOf } from './command.ts';
import { overview } from './overview.ts';
import { verbs } from './verbs.ts';
import { packageVersion } from './version.ts';

const usageError = 2;

/** Does what a command line asks for, and sets the exit code. @param words the command line after the name of the program */
export async function runProgram(words: readonly string[]): Promise<void> {
  const program = programOf((exitCode) => (process.exitCode = exitCode));
  // A reader that goes away (`| head`) ends the output quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : usageError;
      return;
    }
    const { describeError, exitCodeOfError } = await import('./failure.ts');
    process.stderr.write(describeError(error));
    process.exitCode = exitCodeOfError(error);
  }
}

function programOf(done: (exitCode: number) => void): Command {
  const program = new Command('millrace')
    .version(packageVersion())
    .showHelpAfterError('Usage: millrace [options] [command] (--help shows the commands)')
    .showSuggestionAfterError()
    .exitOverride();
  program.helpInformation = () => overview();
  for (const verb of verbs) {
    const command = commandOf(verb, done).copyInheritedSettings(program);
    program.addCommand(command.showHelpAfterError(`Usage: millrace ${verb.name} ${command.usage()} (--help shows the flags)`));
  }
  return program;
}
