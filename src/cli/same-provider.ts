import type { Provider, RunStatus } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { describedProvider } from './provider.ts';

/** The account of a run begins with its base URL, so that only the key need be at hand. */
export function sameProvider({ provider, account }: RunStatus, flags: FlagValues): FlagValues {
  const [baseUrl = ''] = account.split(' ');
  const emulate = account === 'emulator';
  return { ...flags, provider: provider === 'anthropic' ? 'anthropic' : 'openai', ...(emulate ? { emulate } : { baseUrl: flags.baseUrl ?? baseUrl }) };
}

/** The provider of a run for a look at its results: nothing is called, no emulator is started, no key is needed. */
export async function readingProvider(known: RunStatus, flags: FlagValues): Promise<Provider> {
  const { emulate: _emulate, ...same } = sameProvider(known, flags);
  return { ...(await describedProvider(same)), account: known.account };
}
