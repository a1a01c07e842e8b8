import { InputError } from '../index.ts';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { completedVerbs, type CompletedVerb } from './completion-words.ts';
import { zshScript } from './completion-zsh.ts';
import { printJson } from './json.ts';
import type { VerbWork } from './verb.ts';

const scripts: Readonly<Record<string, (verbs: readonly CompletedVerb[]) => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

export const completionVerb: VerbWork = {
  async run(shell, { json }) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell]?.(completedVerbs()) : undefined;
    if (script === undefined) throw new InputError('invalid_option', `There is no completion for ${JSON.stringify(shell)}: use ${Object.keys(scripts).join(', ')}.`);
    if (json === true) printJson({ shell, script });
    else process.stdout.write(script);
    return 0;
  },
};
