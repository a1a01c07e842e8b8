import type { WorkEvent } from '../batches/work.ts';
import { outcomeStatuses, type OutcomeStatus } from '../join/outcome.ts';
import type { Ledger, ShardEntry } from '../ledger/ledger.ts';
import { grouped, sumOf } from '../numbers.ts';
import { countShards, type Phase, type RunSnapshot } from '../report/snapshot.ts';
import { isFinished } from './answers.ts';
import type { RunCosts } from './costs.ts';

/** A run of more shards than this is not counted anew with every change: counting would cost more than the work. */
const shardsCountedAtOnce = 200;
/** Bytes between two pictures of a download. */
const bytesBetween = 1 << 20;

/** Keeps the picture of a run that `onProgress` is shown. */
export class Progress {
  readonly #tell: ((snapshot: RunSnapshot) => void) | undefined;
  #snapshot: RunSnapshot;
  /** Ledger reads follow one another, so that a picture never goes back in time. */
  #reading: Promise<void> = Promise.resolve();
  #downloaded = 0;
  /** Changes since the shards were counted. */
  #uncounted = 0;

  constructor(tell: ((snapshot: RunSnapshot) => void) | undefined) {
    this.#tell = tell;
    this.#snapshot = { phase: 'building', records: 0, ...countShards([], [], []), bytes: { built: 0, downloaded: 0, joined: 0 }, outcomes: noOutcomes() };
  }

  /** What is given changes; what is passing (news, a next look) goes unless it is given. */
  update(change: Partial<RunSnapshot>): void {
    const { news: _news, isDelayed: _isDelayed, nextLookAt: _nextLookAt, ...current } = this.#snapshot;
    this.#snapshot = { ...current, ...change };
    this.#tell?.(this.#snapshot);
  }

  /** So many records were read, and so many bytes written, while building. */
  read(records: number, built: number): void {
    this.update({ records, bytes: { ...this.#snapshot.bytes, built } });
  }

  /** What became of the records that were joined so far, and the bytes written for them. */
  joined(outcomes: RunSnapshot['outcomes'], joined: number): void {
    this.update({ outcomes, bytes: { ...this.#snapshot.bytes, joined } });
  }

  /** A phase begins; the shards are counted anew. */
  async enter(phase: Phase, ledger: Ledger): Promise<void> {
    await this.#reading;
    const run = await ledger.run();
    this.#replaceCounts({ phase, records: run?.records ?? 0 }, await counted(ledger));
  }

  /** Something happened to a shard. */
  note(event: WorkEvent, ledger: Ledger, costs: Pick<RunCosts, 'snapshot'>): void {
    if (!this.#tell) return;
    if (event.type === 'received') this.#receive(event.bytes);
    else this.#reading = this.#reading.then(() => this.#show(event, ledger, costs));
  }

  #receive(bytes: number): void {
    this.#downloaded += bytes;
    if (this.#downloaded - this.#snapshot.bytes.downloaded >= bytesBetween) this.update({ bytes: this.#bytes() });
  }

  async #show(event: Exclude<WorkEvent, { type: 'received' }>, ledger: Ledger, costs: Pick<RunCosts, 'snapshot'>): Promise<void> {
    const change = { bytes: this.#bytes(), ...(event.type === 'waiting' ? { nextLookAt: event.until } : { news: describeEvent(event) }), ...(meetsFailure(event) ? { isDelayed: true as const } : {}) };
    const isFetched = event.type === 'shard' && event.state === 'fetched';
    if (!this.#isCountDue()) return this.update(change);
    this.#replaceCounts({ ...change, ...(isFetched && isLull(await ledger.shards()) ? await costs.snapshot() : {}) }, await counted(ledger));
  }

  #isCountDue(): boolean {
    this.#uncounted += 1;
    const shards = sumOf(this.#snapshot.shards);
    return this.#uncounted * shardsCountedAtOnce >= shards;
  }

  #replaceCounts(change: Partial<RunSnapshot>, counts: ReturnType<typeof countShards>): void {
    this.#uncounted = 0;
    const { oldestBatchAt: _oldestBatchAt, ...kept } = this.#snapshot;
    this.#snapshot = kept;
    this.update({ ...counts, ...change });
  }

  #bytes(): RunSnapshot['bytes'] {
    return { ...this.#snapshot.bytes, downloaded: this.#downloaded };
  }

  /** Resolves when everything noted was told. */
  async settled(): Promise<void> {
    await this.#reading;
  }
}

/**
 * True while everything that could be fetched is, and more is under way at the provider: then there is time to read results for
 * what they cost. Once the last are in, the join tells.
 */
function isLull(shards: readonly ShardEntry[]): boolean {
  return shards.some(({ state }) => !isFinished(state)) && shards.every(({ state }) => state !== 'ended');
}

/** True for what is worth keeping on the screen. */
function meetsFailure(event: WorkEvent): boolean {
  return event.type === 'delayed' || (event.type === 'shard' && (event.problems?.length ?? 0) > 0);
}

function describeEvent(event: Exclude<WorkEvent, { type: 'received' | 'waiting' }>): string {
  if (event.type === 'delayed') return `shard ${event.shard}: ${event.error.message} Next try in ${Math.ceil(event.waitMs / 1000)} s.`;
  if (event.type === 'surplus') return `shard ${event.shard.number}: a second batch ${event.batchId} was found and is canceled`;
  const { shard, state, batch, problems: [problem, ...others] = [] } = event;
  const requests = `${grouped(shard.requestCount)} request${shard.requestCount === 1 ? '' : 's'}`;
  if (shard.via === 'send') return `shard ${shard.number}: ${requests} sent one by one`;
  if (state === 'submitted') return `shard ${shard.number}: ${requests} submitted${batch ? ` as ${batch.id}` : ''}${until(', expires', batch?.expiresAt)}`;
  const deadline = state === 'ended' ? until(', results can be fetched until', batch?.resultsUntil) : '';
  return `shard ${shard.number}: ${batch?.rawStatus ?? state}${state === 'fetched' ? ', results fetched' : ''}${deadline}${problem === undefined ? '' : `; ${problem.text}`}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}

function until(words: string, time: number | undefined): string {
  return time === undefined ? '' : `${words} ${new Date(time).toISOString().slice(0, 16)}Z`;
}

async function counted(ledger: Ledger): Promise<ReturnType<typeof countShards>> {
  return countShards(await ledger.shards(), await ledger.batches(), await ledger.sends());
}

export function noOutcomes(): Record<OutcomeStatus, number> {
  // Every status is in the list the type is derived from.
  return Object.fromEntries(outcomeStatuses.map((status) => [status, 0])) as Record<OutcomeStatus, number>;
}
