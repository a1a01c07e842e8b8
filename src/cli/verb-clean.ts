import { createInterface } from 'node:readline/promises';
import { clean, InputError, readStatus, StateError, type Cleaned } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { openProvider } from './provider.ts';
import type { VerbWork } from './verb.ts';
import { quantity } from './words.ts';
import { sameProvider } from './same-provider.ts';

export const cleanVerb: VerbWork = {
  async run(directory, flags) {
    const same = sameProvider(await readStatus(directory), flags);
    const { provider, close } = await openProvider(same, directory);
    const interrupt = onInterrupt();
    const options = { provider, signal: interrupt.signal };
    try {
      const found = await clean(directory, { ...options, dryRun: true });
      if (flags.dryRun === true || found.length === 0) return tell(directory, found, flags);
      if (flags.yes !== true && !(await isConfirmed(found, provider.name))) return tell(directory, found, flags);
      return tell(directory, await clean(directory, options), flags);
    } finally {
      interrupt.end();
      await close();
    }
  },
};

/** Asks whoever sits at the terminal; where nobody does, it must be said beforehand. */
async function isConfirmed(found: readonly Cleaned[], provider: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new InputError('invalid_option', `This would delete ${describe(found)} at ${provider}, for good. Say --yes to do it, or --dry-run to see which.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are seen by the terminal's own interface here; a question that is never answered would keep nothing waiting.
  const isLeft = new Promise<string>((resolve, reject) => {
    terminal.once('SIGINT', () => reject(new StateError('interrupted', 'Interrupted. Nothing was deleted.')));
    terminal.once('close', () => resolve(''));
  });
  try {
    const answer = await Promise.race([terminal.question(`Delete ${describe(found)} at ${provider}, for good? [y/N] `), isLeft]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function describe(things: readonly Cleaned[]): string {
  const files = things.filter(({ kind }) => kind === 'file').length;
  const batches = things.length - files;
  return [...(files > 0 ? [quantity(files, 'file')] : []), ...(batches > 0 ? [quantity(batches, 'batch', 'batches')] : [])].join(' and ') || 'nothing';
}

function tell(directory: string, things: readonly Cleaned[], { json, quiet, dryRun }: FlagValues): number {
  if (json === true) printJson({ directory, dryRun: dryRun === true, things });
  else for (const { result, kind, id, what, shard } of things) process.stdout.write(`${dryRun === true ? 'would delete' : result}  ${kind} ${id}${kind === 'batch' ? '' : ` (${what})`}${shard === undefined ? '' : `  shard ${shard}`}\n`);
  const deleted = things.filter(({ result }) => result !== 'kept');
  const kept = things.filter(({ result }) => result === 'kept');
  if (quiet === true) return 0;
  if (things.length === 0) process.stderr.write(`Nothing to delete: ${directory} has left nothing at the provider.\n`);
  else process.stderr.write(kept.length > 0 ? `Nothing was deleted; ${describe(kept)} would be.\n` : `${describe(deleted)} deleted at the provider. ${directory} stays as it is.\n`);
  return 0;
}
