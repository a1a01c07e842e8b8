import type { Provider } from './providers/provider.ts';
import type { AnyValue } from './records/record.ts';
import type { Estimate } from './report/estimate.ts';
import type { BuildOptions } from './run/options.ts';

/** Options of {@link estimate}: those of a build, and where prices and tokens come from. */
export interface EstimateOptions<T = AnyValue> extends Omit<BuildOptions<T>, 'tag'> {
  /** Whose API it would be. No call is made, and no key is needed. */
  readonly provider: Provider;
  /** Count the tokens of OpenAI models exactly by this optional package, in a thread of its own. @default an estimate by bytes */
  readonly tokenizer?: 'gpt-tokenizer';
  /** The day whose prices count, in Unix milliseconds. @default now */
  readonly at?: number;
  readonly signal?: AbortSignal;
}

/**
 * What a job would come to before anything is sent: shards, requests, tokens, and what it would cost in batches and without them.
 * Reads the source once, in flat memory, and writes nothing.
 *
 * @throws InputError `invalid_option`, `file_not_found`, `missing_dependency`; where `strict`, the code of the first record that cannot be sent
 *
 * @example
 * const { batchUsd, assumptions } = await estimate({ source: 'reviews.csv', provider: openai(), request: chat({ model: 'gpt-5-mini', prompt: '{{text}}' }) });
 * console.log(`about $${batchUsd?.typical}, at most $${batchUsd?.high}`, assumptions);
 */
export async function estimate<T = AnyValue>(options: EstimateOptions<T>): Promise<Estimate> {
  // Loaded when it is called for: those who do not estimate are faster without.
  const { estimateJob } = await import('./run/estimate-job.ts');
  return estimateJob(options);
}
