import type { RunEntry } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';
import { wireIdFor } from '../requests/custom-id.ts';

/** The tagged wire id of a record, where the provider's batches can be recognised by nothing else; adopted batches have ids of their own. */
export function taggedId({ tag, description }: Pick<RunEntry, 'tag' | 'description'>, { tagsCustomIds }: Provider): ((record: { readonly index: number }) => string) | undefined {
  return tagsCustomIds && !isAdopted({ description }) ? ({ index }) => `${tag}-${index}` : undefined;
}

/** The ids under which the result of a record may be found, the likeliest first. */
export function wireIdsOf(run: Pick<RunEntry, 'tag' | 'description'>, provider: Provider): (record: { readonly index: number; readonly customId: string }) => string {
  return taggedId(run, provider) ?? (({ customId }) => wireIdFor(customId, provider.limits));
}

/** True for a run over batches that another tool made. */
export function isAdopted({ description }: Pick<RunEntry, 'description'>): boolean {
  return description['adopted'] !== undefined;
}
