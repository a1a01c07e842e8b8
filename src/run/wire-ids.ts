import type { RunEntry } from '../ledger/ledger.ts';
import type { Dialect } from '../providers/provider.ts';
import { wireIdFor } from '../requests/custom-id.ts';
import { safeCustomId } from '../requests/safe-id.ts';

/** What stands before the index in the wire ids, where the provider's batches can be recognized by nothing else; adopted batches have ids of their own. */
export function wirePrefix({ tag, description }: Pick<RunEntry, 'tag' | 'description'>, { tagsCustomIds }: Pick<Dialect, 'tagsCustomIds'>): string | undefined {
  return tagsCustomIds && !isAdopted({ description }) ? `${tag}-` : undefined;
}

/** The ids under which the result of a record may be found, the likeliest first. */
export function wireIdsOf(run: Pick<RunEntry, 'tag' | 'description'>, provider: Dialect): (record: { readonly index: number; readonly customId: string }) => readonly string[] {
  const prefix = wirePrefix(run, provider);
  if (prefix !== undefined) return ({ index }) => [`${prefix}${index}`];
  // Another tool sent the id as it is; one of ours that the provider would refuse went as its safe stand-in.
  if (isAdopted(run)) return ({ customId }) => [customId, safeCustomId(customId)];
  return ({ customId }) => [wireIdFor(customId, provider.limits)];
}

/** True for a run over batches that another tool made. */
export function isAdopted({ description }: Pick<RunEntry, 'description'>): boolean {
  return description['adopted'] !== undefined;
}
