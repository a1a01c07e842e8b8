#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { describeError, exitCodeOfError } from './failure.ts';
import { keepNewSpaceSmall } from './heap.ts';
import { commandOf } from './verb.ts';
import { verbs } from './verbs.ts';

keepNewSpaceSmall();

const usageError = 2;
// Its own file says which version this is.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

const program = new Command('millrace')
  .description('Runs records through the LLM providers’ Batch APIs and joins every result back to its record.')
  .version(version)
  .showHelpAfterError('Usage: millrace [options] [command] (--help shows the commands)')
  .showSuggestionAfterError()
  .exitOverride();
for (const verb of verbs) {
  const command = commandOf(verb, (exitCode) => (process.exitCode = exitCode)).copyInheritedSettings(program);
  program.addCommand(command.showHelpAfterError(`Usage: millrace ${verb.name} ${command.usage()} (--help shows the flags)`));
}

// A reader that goes away (`| head`) ends the output quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : usageError;
  } else {
    process.stderr.write(describeError(error));
    process.exitCode = exitCodeOfError(error);
  }
}
