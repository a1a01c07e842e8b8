import type { WorkEvent } from '../batches/work.ts';
import { outcomeStatuses, type OutcomeStatus } from '../join/outcome.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { countShards, type Phase, type RunSnapshot } from '../report/snapshot.ts';

/** Keeps the picture of a run that `onProgress` is shown. */
export class Progress {
  readonly #tell: ((snapshot: RunSnapshot) => void) | undefined;
  #snapshot: RunSnapshot;
  /** Ledger reads follow one another, so that a picture never goes back in time. */
  #reading: Promise<void> = Promise.resolve();

  constructor(tell: ((snapshot: RunSnapshot) => void) | undefined) {
    this.#tell = tell;
    this.#snapshot = { phase: 'building', records: 0, ...countShards([], []), outcomes: noOutcomes() };
  }

  update(change: Partial<RunSnapshot>): void {
    const { news: _news, isDelayed: _isDelayed, ...current } = this.#snapshot;
    this.#snapshot = { ...current, ...change };
    this.#tell?.(this.#snapshot);
  }

  /** A phase begins; the shards are counted anew. */
  async enter(phase: Phase, ledger: Ledger): Promise<void> {
    await this.#reading;
    const run = await ledger.run();
    this.update({ phase, records: run?.records ?? 0, ...countShards(await ledger.shards(), await ledger.batches()) });
  }

  /** Something happened to a shard. */
  note(event: WorkEvent, ledger: Ledger): void {
    if (!this.#tell) return;
    this.#reading = this.#reading.then(async () => this.update({ ...countShards(await ledger.shards(), await ledger.batches()), news: describeEvent(event), ...(event.type === 'delayed' ? { isDelayed: true } : {}) }));
  }

  /** Resolves when everything noted was told. */
  async settled(): Promise<void> {
    await this.#reading;
  }
}

function describeEvent(event: WorkEvent): string {
  if (event.type === 'delayed') return `shard ${event.shard}: ${event.error.message} Next try in ${Math.ceil(event.waitMs / 1000)} s.`;
  if (event.type === 'surplus') return `shard ${event.shard.number}: a second batch ${event.batchId} was found and is canceled`;
  const { shard, state, batch } = event;
  const of = batch ? ` as ${batch.id}` : '';
  const requests = `${shard.requestCount} request${shard.requestCount === 1 ? '' : 's'}`;
  if (shard.via === 'send') return `shard ${shard.number}: ${requests} sent one by one`;
  return state === 'submitted' ? `shard ${shard.number}: ${requests} submitted${of}` : `shard ${shard.number}: ${batch?.rawStatus ?? state}${state === 'fetched' ? ', results fetched' : ''}`;
}

export function noOutcomes(): Record<OutcomeStatus, number> {
  // Every status is in the list the type is derived from.
  return Object.fromEntries(outcomeStatuses.map((status) => [status, 0])) as Record<OutcomeStatus, number>;
}
