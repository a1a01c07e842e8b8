import type { RunEntry } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';
import { wireIdFor } from '../requests/custom-id.ts';
import { safeCustomId } from '../requests/safe-id.ts';

/** The tagged wire id of a record, where the provider's batches can be recognized by nothing else; adopted batches have ids of their own. */
export function taggedId({ tag, description }: Pick<RunEntry, 'tag' | 'description'>, { tagsCustomIds }: Provider): ((record: { readonly index: number }) => string) | undefined {
  return tagsCustomIds && !isAdopted({ description }) ? ({ index }) => `${tag}-${index}` : undefined;
}

/** The ids under which the result of a record may be found, the likeliest first. */
export function wireIdsOf(run: Pick<RunEntry, 'tag' | 'description'>, provider: Provider): (record: { readonly index: number; readonly customId: string }) => readonly string[] {
  const tagged = taggedId(run, provider);
  if (tagged) return (record) => [tagged(record)];
  // Another tool sent the id as it is; one of ours that the provider would refuse went as its safe stand-in.
  if (isAdopted(run)) return ({ customId }) => [customId, safeCustomId(customId)];
  return ({ customId }) => [wireIdFor(customId, provider.limits)];
}

/** True for a run over batches that another tool made. */
export function isAdopted({ description }: Pick<RunEntry, 'description'>): boolean {
  return description['adopted'] !== undefined;
}
