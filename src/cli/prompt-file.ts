import type { FlagValues } from './flags.ts';
import { readText } from './text-file.ts';

/** The values with the texts of the files that `--prompt @file` and `--system @file` name. @throws InputError `file_not_found`, `invalid_option` */
export function withPromptFiles(values: FlagValues): FlagValues {
  const { prompt, system } = values;
  return {
    ...values,
    ...(typeof prompt === 'string' ? { prompt: promptText('--prompt', prompt) } : {}),
    ...(typeof system === 'string' ? { system: promptText('--system', system) } : {}),
  };
}

/** `@file` is the text of that file less one line break at its end, which editors add; `@@` is an `@` that begins a text. */
function promptText(flag: string, given: string): string {
  if (given.startsWith('@@')) return given.slice(1);
  if (!given.startsWith('@')) return given;
  return readText(flag, given.slice(1), 'Check the path, or write @@ for a text that begins with @.').replace(/\r?\n$/, '');
}
