import { describeEstimate, estimate } from '../index.ts';
import { buildOptionsFrom } from './build-options.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { describedProvider } from './provider.ts';
import { Talk } from './talk.ts';
import type { VerbWork } from './verb.ts';

export const estimateVerb: VerbWork = {
  run: (source, flags) => showEstimate(source, flags),
};

/** Shows what a job would come to, on stdout. Exit code 3 if some records cannot be sent, 1 if none can. */
export async function showEstimate(source: string, flags: FlagValues): Promise<number> {
  const build = buildOptionsFrom(source, flags, new Talk(flags));
  const provider = await describedProvider(flags);
  const interrupt = onInterrupt();
  try {
    const estimated = await estimate({ ...build, provider, signal: interrupt.signal, ...(flags.tokenizer === undefined ? {} : { tokenizer: flags.tokenizer }) });
    if (flags.json === true) printJson(estimated);
    else process.stdout.write(describeEstimate(estimated));
    if (estimated.rejected === 0) return 0;
    return estimated.rejected === estimated.records ? 1 : 3;
  } finally {
    interrupt.end();
  }
}
