import { ownerOf } from '../batches/owner.ts';
import type { Clock } from '../batches/clock.ts';
import { withRetries } from '../batches/patience.ts';
import { ProviderError, StateError } from '../errors.ts';
import type { BatchEntry, RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';
import { builtRun, inSession, workOf, type Session } from './session.ts';
import { assertRun } from './status.ts';
import { isAdopted } from './wire-ids.ts';

/** A file or a batch at the provider that a run created. */
export interface RemoteThing {
  readonly kind: 'file' | 'batch';
  readonly id: string;
  /** What is in it: the requests of a shard, or results. */
  readonly what: 'requests' | 'output' | 'error' | 'batch';
  /** Shard that it belongs to, where that is known. */
  readonly shard?: number;
}

/** What became of it. */
export interface Cleaned extends RemoteThing {
  /** `deleted` just now, `gone` before, or `kept` because nothing was to be deleted. */
  readonly result: 'deleted' | 'gone' | 'kept';
}

/** What the user wants deleted. */
export interface CleanOptions {
  readonly provider: Provider;
  /** Only tell what would be deleted. @default false */
  readonly dryRun?: boolean;
  /** Told of each file and batch. */
  readonly onCleaned?: (cleaned: Cleaned) => void;
  readonly signal?: AbortSignal;
  /** Time, for tests. @default the system's */
  readonly clock?: Clock;
}

/** How often a deletion that failed is tried again, where that can help. */
const mostTries = 5;

/** Deletes what the run of a directory created at its provider. */
export async function cleanDirectory(directory: string, options: CleanOptions): Promise<readonly Cleaned[]> {
  await assertRun(directory);
  return inSession(directory, options.dryRun === true ? 'read' : 'write', options.clock, async (session) => cleanRun(session, await builtRun(session, options), options));
}

/** It takes the things one by one: each that is gone is remembered. */
async function cleanRun(session: Session, entry: RunEntry, options: CleanOptions): Promise<Cleaned[]> {
  const { ledger, clock } = session;
  const { dryRun = false, onCleaned, provider, signal } = options;
  await assertSettled(session);
  const removed = new Set(await ledger.removals());
  const cleaned: Cleaned[] = [];
  for (const thing of await createdBy(session, entry, options)) {
    signal?.throwIfAborted();
    const result = dryRun ? 'kept' : removed.has(thing.id) ? 'gone' : await remove(thing, provider, session, signal);
    if (dryRun && removed.has(thing.id)) continue;
    if (!dryRun) await ledger.recordRemoval(thing.id, clock.now());
    cleaned.push({ ...thing, result });
    onCleaned?.({ ...thing, result });
  }
  if (!dryRun) await forgetUploads(session);
  return cleaned;
}

/**
 * Refuses while the provider still holds something that is needed.
 *
 * @throws StateError `not_finished`, `create_in_doubt`
 */
async function assertSettled({ directory, ledger }: Session): Promise<void> {
  for (const shard of await ledger.shards()) {
    const doubt = await ledger.pendingIntent(shard.number);
    if (doubt?.kind === 'create') throw new StateError('create_in_doubt', `It is not known whether shard ${shard.number} became a batch: submit or wait for ${directory} first, then clean.`, { shard: shard.number });
    if (shard.state !== 'submitted' && shard.state !== 'ended') continue;
    const why = shard.state === 'submitted' ? 'is still under way' : 'has results that were not fetched';
    const next = shard.state === 'submitted' ? 'Wait for it and fetch it, or cancel it and fetch what it finished' : 'Fetch them';
    throw new StateError('not_finished', `Nothing was deleted: batch ${shard.batchId ?? '?'} of shard ${shard.number} ${why}. ${next}, then clean.`, { shard: shard.number, ...(shard.batchId === undefined ? {} : { batchId: shard.batchId }) });
  }
}

/** Everything that the run made at the provider, and nothing that another tool did. */
async function createdBy(session: Session, entry: RunEntry, options: CleanOptions): Promise<RemoteThing[]> {
  // The batches of an adopted run, and their files, are another tool's.
  if (isAdopted(entry)) return [];
  const { ledger } = session;
  const shards = await ledger.shards();
  const byFile = new Map(shards.map(({ fileId, number }) => [fileId, number]));
  const files = (await ledger.uploads()).map((id): RemoteThing => ({ kind: 'file', id, what: 'requests', ...shardPart(byFile.get(id)) }));
  const own = await ownBatches(session, entry, options, shards);
  // Where batches hold their results themselves, they are deleted with them.
  const hasFiles = options.provider.upload !== undefined;
  const rest = own.flatMap(({ id, shard, resultFiles }): RemoteThing[] =>
    hasFiles ? resultFiles.map((file) => ({ kind: 'file', id: file.id, what: file.kind, ...shardPart(shard) })) : [{ kind: 'batch', id, what: 'batch', ...shardPart(shard) }],
  );
  return [...files, ...rest];
}

const shardPart = (shard: number | undefined) => (shard === undefined ? {} : { shard });

/**
 * The batches that are ours for sure. One that is kept under shard 0 turned out to be a stranger's; of one that was found by time and
 * count alone the results must say whose it is.
 */
async function ownBatches(session: Session, entry: RunEntry, options: CleanOptions, shards: readonly ShardEntry[]): Promise<BatchEntry[]> {
  const work = await workOf(session, entry, options, () => undefined);
  const [batches, adoptions, results] = await Promise.all([session.ledger.batches(), session.ledger.adoptions(), session.ledger.results()]);
  const guessed = new Set(adoptions);
  const own: BatchEntry[] = [];
  for (const batch of batches) {
    if (batch.shard === 0) continue;
    const shard = shards.find(({ number }) => number === batch.shard);
    const held = results.filter(({ batchId }) => batchId === batch.id);
    if (!guessed.has(batch.id) || (shard && held.length > 0 && (await ownerOf(shard, held, work, 0)) === shard.number)) own.push(batch);
  }
  return own;
}

/** Deletes one thing. That it is gone already is as good. */
async function remove({ kind, id }: RemoteThing, provider: Provider, { clock }: Session, signal: AbortSignal | undefined): Promise<'deleted' | 'gone'> {
  const call = signal ? { signal } : {};
  try {
    await withRetries(provider, { ...call, clock, mostTries }, () => provider.remove(kind === 'file' ? { fileId: id } : { batchId: id }, call));
    return 'deleted';
  } catch (error) {
    if (error instanceof ProviderError && (error.code === 'not_found' || error.code === 'results_unavailable')) return 'gone';
    throw error;
  }
}

/** A shard that was uploaded and never sent is uploaded again, should it be. */
async function forgetUploads({ ledger }: Session): Promise<void> {
  for (const { number, state } of await ledger.shards()) if (state === 'uploaded') await ledger.resetShard(number, 'built');
}
