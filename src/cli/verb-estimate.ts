import { describeEstimate, estimate } from '../index.ts';
import { buildFlags, buildOptionsFrom } from './build-options.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { describedProvider } from './provider.ts';
import { Talk } from './talk.ts';
import type { Verb } from './verb.ts';

export const estimateVerb: Verb = {
  name: 'estimate',
  summary: 'tell what a run would come to: shards, requests, tokens, and what it costs in batches and without; needs no key',
  argument: { name: 'source', help: 'file of records; - for stdin (JSONL)' },
  flags: [...buildFlags, 'reuse', 'dedupe', 'prices', 'tokenizer', 'maxRequests', 'maxBytes', 'json', 'quiet'],
  examples: [
    "millrace estimate reviews.csv --model gpt-5-mini --prompt 'Classify: {{text}}' --max-tokens 100",
    "millrace estimate reviews.csv --provider anthropic --prompt 'Classify: {{text}}' --json",
    "millrace estimate reviews.csv --prompt '{{text}}' --tokenizer gpt-tokenizer --prices prices.json",
  ],
  run: (source, flags) => showEstimate(source, flags),
};

/** Shows what a job would come to, on stdout. Exit code 3 if some records cannot be sent, 1 if none can. */
export async function showEstimate(source: string, flags: FlagValues): Promise<number> {
  const build = buildOptionsFrom(source, flags, new Talk(flags));
  const provider = await describedProvider(flags);
  const interrupt = onInterrupt();
  try {
    const estimated = await estimate({ ...build, provider, signal: interrupt.signal, ...(flags.tokenizer === undefined ? {} : { tokenizer: flags.tokenizer }) });
    process.stdout.write(flags.json === true ? `${JSON.stringify(estimated, null, 2)}\n` : describeEstimate(estimated));
    if (estimated.rejected === 0) return 0;
    return estimated.rejected === estimated.records ? 1 : 3;
  } finally {
    interrupt.end();
  }
}
