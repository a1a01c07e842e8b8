import type { ArmedRule } from './armed-rule.ts';
import { routeMatches } from './armed-rule.ts';
import type { Exchange } from './http.ts';
import type { Store } from './store.ts';
import type { StoredBatch, StoredMessageBatch } from './stored.ts';

export type ProviderName = 'openai' | 'anthropic';
export type AnyBatch = StoredBatch | StoredMessageBatch;

/** Whose route it is. */
export function providerOf(route: string): ProviderName {
  return route.startsWith('anthropic.') ? 'anthropic' : 'openai';
}

/** Tells which batch a call is about, and which number it has for the rules. */
export class FaultBatches {
  readonly #store: Store;
  /** Batches up to this sequence number are not counted. */
  #since = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Counts batches from here on. */
  countFromNow(): void {
    this.#since = this.#store.lastSequence;
  }

  /** Whether a batch was made since. */
  counts(batchId: string): boolean {
    const batch = this.#store.batches.get(batchId) ?? this.#store.messageBatches.get(batchId);
    return batch !== undefined && batch.sequence > this.#since;
  }

  /** Every batch of a provider. */
  all(provider: ProviderName): AnyBatch[] {
    return provider === 'openai' ? this.#store.batches.newestFirst() : this.#store.messageBatches.newestFirst();
  }

  get(provider: ProviderName, id: string): AnyBatch | undefined {
    return provider === 'openai' ? this.#store.batches.get(id) : this.#store.messageBatches.get(id);
  }

  /** The batch that a call is about: the one it names, or the one whose file it names. */
  of({ route, id, account }: Exchange): AnyBatch | undefined {
    if (id === '') return undefined;
    if (!route.startsWith('openai.files.')) return this.get(providerOf(route), id);
    return this.#store.batches.newestFirst(account).find((batch) => batch.inputFileId === id || isResultFile(batch, id));
  }

  /** The number of a batch among those of its provider that count, from 1; one that is not kept yet is the next. */
  numberOf(provider: ProviderName, batch: AnyBatch | undefined): number {
    const until = batch?.sequence ?? Infinity;
    const earlier = this.all(provider).filter(({ sequence, id }) => sequence > this.#since && sequence <= until && id !== batch?.id);
    return earlier.length + 1;
  }

  /** Whether a rule on a batch, or on what it does, acts. */
  takes(rule: ArmedRule, route: string, batch: AnyBatch): boolean {
    if (!routeMatches(rule.rule.route, route)) return false;
    const { batch: wanted, probability } = rule.rule;
    if (wanted === undefined && (probability === undefined || rule.on === 'row')) return true;
    if (wanted !== undefined && batch.sequence <= this.#since) return false;
    const number = this.numberOf(providerOf(route), batch);
    return (wanted === undefined || wanted === number) && (rule.on === 'row' || rule.chance('batch', number));
  }
}

/** Whether a file holds results of a batch. */
export function isResultFile({ outcome }: StoredBatch, fileId: string): boolean {
  return outcome !== undefined && (outcome.outputFileId === fileId || outcome.errorFileId === fileId);
}
