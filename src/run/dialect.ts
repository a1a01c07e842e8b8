import type { RunEntry } from '../ledger/ledger.ts';
import type { Dialect } from '../providers/provider.ts';

/** How the files of a run are read, by the name of its provider: no SDK, no key. `undefined` for a provider of the user's own. */
export async function dialectOf({ provider: name, account }: Pick<RunEntry, 'provider' | 'account'>): Promise<Dialect | undefined> {
  if (name === 'openai') {
    const [{ openaiLimits: limits }, { parseResult, resultLayouts }] = await Promise.all([import('../providers/openai/limits.ts'), import('../providers/openai/wire.ts')]);
    return { name, account, limits, tagsCustomIds: false, parseResult, resultLayouts };
  }
  if (name !== 'anthropic') return undefined;
  const [{ anthropicLimits: limits }, { parseResult, resultLayouts }] = await Promise.all([import('../providers/anthropic/limits.ts'), import('../providers/anthropic/wire.ts')]);
  return { name, account, limits, tagsCustomIds: true, parseResult, resultLayouts };
}
