import type { FlagValues } from './flags.ts';

/** The folder of runs: of the flag, of MILLRACE_ROOT, else `runs`. */
export function rootOf({ root }: Pick<FlagValues, 'root'>): string {
  return root ?? (process.env['MILLRACE_ROOT'] || 'runs');
}
