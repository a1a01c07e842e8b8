import { MillraceError, ProviderError, systemCodeOf } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';

const codes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The system's word for a connection that was never made, if that is why a call failed: then nothing was sent. */
export function neverConnected(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = systemCodeOf(cause) ?? systemCodeOf(error);
  return code !== undefined && codes.has(code) ? code : undefined;
}

/** Providers that have answered anything in this process. */
const answered = new WeakSet<Provider>();
/** Connections that fail in a row, for one shard, before an address that never answered is given up. */
const mostTries = 4;

/** A call was answered: from now on a connection that fails is one that was lost. */
export function noteAnswer(provider: Provider): void {
  answered.add(provider);
}

/**
 * Tells an address that is wrong from a provider that is away: where not one call was answered in this process, a connection that
 * cannot be made is tried a few times only.
 *
 * @param failures how often in a row it has failed, this one included
 * @throws ProviderError `provider_unavailable`, naming the address and where it comes from
 */
export function assertReachable(error: unknown, failures: number, provider: Provider): void {
  const code = neverConnected(error);
  if (code === undefined) {
    if (error instanceof MillraceError && error.context.status !== undefined) noteAnswer(provider);
    return;
  }
  if (answered.has(provider) || failures < mostTries) return;
  const [address = ''] = provider.account.split(' ');
  const message = `Nothing answers at ${address} (${code}, tried ${failures} times). Check the address (baseURL, --base-url, or the environment: OPENAI_BASE_URL, ANTHROPIC_BASE_URL) and the network. Nothing was sent; run again to go on.`;
  throw new ProviderError('provider_unavailable', message, { cause: error });
}
