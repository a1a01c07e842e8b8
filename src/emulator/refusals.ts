import { anthropicRefusal } from './anthropic-refusals.ts';
import type { ApiFailure } from './failure.ts';
import { openaiRefusal } from './openai-refusals.ts';
import type { EmulatedRequest } from './reply.ts';

/** Why the API refuses a request before any model sees it; `undefined` if it does not. */
export function refusalOf(
  { provider, endpoint, body }: EmulatedRequest,
  { version, batched }: { readonly version?: string | undefined; readonly batched: boolean },
): ApiFailure | undefined {
  return provider === 'openai' ? openaiRefusal(endpoint, body) : anthropicRefusal(body, version ?? '', batched);
}
