import { MillraceError, ProviderError } from '../index.ts';
import type { FlagValues } from './flags.ts';

/** How to go on with a run that was interrupted, waited long enough or met a provider that is away; empty for other errors. */
export function resumeHint(error: unknown, source: string, flags: FlagValues, directory: string): string {
  const isPause = error instanceof ProviderError || (error instanceof MillraceError && (error.code === 'interrupted' || error.code === 'wait_timeout'));
  if (!isPause) return '';
  // Each run over standard input has a directory of its own: the same command would be another run, and pay again.
  const where = source === '-' && flags.dir === undefined ? ['--dir', directory] : [];
  return `To go on: ${['millrace', ...process.argv.slice(2), ...where].map(quote).join(' ')}\n`;
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
