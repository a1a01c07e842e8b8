import { ProviderError } from '../errors.ts';
import { callOptions } from './mapping.ts';
import type { Batch } from '../providers/provider.ts';
import type { Work } from './work.ts';

/**
 * Asks to cancel a batch; that it has ended meanwhile is no failure. Providers refuse that differently (OpenAI 409, Anthropic
 * 400), so after a refusal the batch is looked at.
 *
 * @returns the batch as the provider answered
 */
export async function cancelUnlessEnded(batchId: string, { provider, signal }: Pick<Work, 'provider' | 'signal'>): Promise<Batch> {
  const options = callOptions(signal ? { signal } : {});
  try {
    return await provider.cancel(batchId, options);
  } catch (error) {
    if (!(error instanceof ProviderError) || (error.code !== 'conflict' && error.code !== 'request_refused')) throw error;
    const batch = await provider.retrieve(batchId, options);
    if (batch.status === 'pending') throw error;
    return batch;
  }
}
