import type { BatchEntry, Ledger, RunEntry, SendEntry, ShardEntry } from '../ledger/ledger.ts';
import type { ShardTime } from '../report/html/page-data.ts';

/** Shards whose times are told; the page of a run of thousands stays a page. */
const mostShards = 200;

/** When the first shards of a run were ready, sent and over, as far as its ledger says. */
export async function shardTimes(entry: RunEntry, shards: readonly ShardEntry[], ledger: Ledger): Promise<ShardTime[]> {
  const batches = new Map((await ledger.batches()).map((batch) => [batch.id, batch]));
  const sends = byShard(await ledger.sends());
  const times: ShardTime[] = [];
  const ends = new Map<number, number>();
  for (const shard of shards) {
    const batch = batches.get(shard.batchId ?? '');
    const way = batch ? ofBatch(batch) : ofSends(sends.get(shard.number) ?? []);
    ends.set(shard.round, Math.max(ends.get(shard.round) ?? 0, way.endedAt ?? 0));
    const readyAt = Math.min(Math.max(entry.createdAt, ends.get(shard.round - 1) ?? 0), way.startedAt ?? Infinity);
    const { number, round, state, requestCount, via } = shard;
    if (times.length < mostShards) times.push({ number, round, state, requestCount, via, readyAt, ...way });
  }
  return times;
}

function byShard(sends: readonly SendEntry[]): Map<number, SendEntry[]> {
  const found = new Map<number, SendEntry[]>();
  for (const send of sends) {
    const others = found.get(send.shard);
    if (others) others.push(send);
    else found.set(send.shard, [send]);
  }
  return found;
}

type Way = Pick<ShardTime, 'startedAt' | 'endedAt' | 'rawStatus'>;

function ofBatch({ createdAt, endedAt, rawStatus }: BatchEntry): Way {
  return { startedAt: createdAt, ...(endedAt === undefined ? {} : { endedAt }), rawStatus };
}

function ofSends(sends: readonly SendEntry[]): Way {
  const first = sends.reduce((earliest, { startedAt }) => Math.min(earliest, startedAt), Infinity);
  const last = sends.reduce((latest, { settledAt }) => Math.max(latest, settledAt ?? 0), 0);
  return { ...(first === Infinity ? {} : { startedAt: first }), ...(last === 0 ? {} : { endedAt: last }) };
}
