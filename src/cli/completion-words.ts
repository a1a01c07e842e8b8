import { flagTable, type Flag } from './flags.ts';
import type { Verb } from './verb.ts';
import { verbs } from './verbs.ts';

/** A flag as a shell completes it. */
export interface CompletedFlag {
  /** `--output`. */
  readonly long: string;
  /** `-o`, where it has one. */
  readonly short?: string;
  readonly help: string;
  /** Name of its value, where it takes one. */
  readonly value?: string;
  readonly choices: readonly string[];
  readonly isRepeatable: boolean;
}

/** A verb as a shell completes it. */
export interface CompletedVerb {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Words that its first argument can be; none where it is a path. */
  readonly words: readonly string[];
}

/** First arguments that are words. */
const words: Readonly<Record<string, readonly string[]>> = { completion: ['bash', 'zsh', 'fish'], runs: ['add', 'forget'] };

/** What can be completed, from the tables of verbs and flags. */
export function completedVerbs(): CompletedVerb[] {
  return verbs.map((verb) => ({ name: verb.name, summary: verb.summary, flags: flagsOf(verb), words: words[verb.name] ?? [] }));
}

function flagsOf({ flags }: Verb): CompletedFlag[] {
  return flags.map((name) => {
    const flag: Flag = flagTable[name];
    const [long = ''] = /--[a-z-]+/.exec(flag.flags) ?? [];
    const short = /^(-\w),/.exec(flag.flags)?.[1];
    const value = /[<[](.+)[>\]]$/.exec(flag.flags)?.[1];
    return { long, help: flag.help, choices: flag.choices ?? [], isRepeatable: flag.help.includes('repeatable'), ...(short === undefined ? {} : { short }), ...(value === undefined ? {} : { value }) };
  });
}

/** True for values that are paths. */
export function isPath({ value = '' }: CompletedFlag): boolean {
  return ['file', 'folder', 'run'].includes(value);
}
