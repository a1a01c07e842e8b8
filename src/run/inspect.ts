import { isSent, type ShardEntry } from '../ledger/ledger.ts';
import type { Dialect } from '../providers/provider.ts';
import type { RunDigest } from '../report/digest.ts';
import type { Prices } from '../report/prices.ts';
import type { RunStatus } from '../report/snapshot.ts';
import { dialectOf } from './dialect.ts';
import { digestRun } from './digest.ts';
import type { Session } from './session.ts';

/** Options of `inspectRun`. */
export interface InspectOptions {
  /** How the files of the run are read: needed only for a provider of your own. @default by the name of the run's provider */
  readonly provider?: Dialect;
  /** Where prices come from. @default the list that comes along, or what the last join knew */
  readonly prices?: Prices;
  readonly signal?: AbortSignal;
}

/** A run in depth: where it stands, what it consists of, and what became of its records so far. */
export interface RunInspection extends RunStatus {
  readonly shardList: readonly ShardEntry[];
  /** Requests sent in each round; the first is that of all records. */
  readonly rounds: readonly Round[];
  /** Left out while the run is built, and where nobody says how the lines of its provider are read. */
  readonly digest?: RunDigest;
}

/** The shards of one round. */
export interface Round {
  readonly round: number;
  readonly shards: number;
  readonly requests: number;
}

/** Adds to a status what else is known of the run. */
export async function inspectSession(session: Session, status: RunStatus, { provider, ...options }: InspectOptions): Promise<RunInspection> {
  const entry = await session.ledger.run();
  const shardList = await session.ledger.shards();
  const dialect = provider ?? (entry && (await dialectOf(entry)));
  const digest = entry?.state === 'built' && dialect ? await digestRun(session, entry, { ...options, provider: dialect }) : undefined;
  return { ...status, shardList, rounds: roundsOf(shardList.filter(isSent)), ...(digest ? { digest } : {}) };
}

/** Pure. */
export function roundsOf(shards: readonly Pick<ShardEntry, 'round' | 'requestCount'>[]): Round[] {
  const rounds = new Map<number, { shards: number; requests: number }>();
  for (const { round, requestCount } of shards) {
    const sum = rounds.get(round) ?? { shards: 0, requests: 0 };
    rounds.set(round, { shards: sum.shards + 1, requests: sum.requests + requestCount });
  }
  return [...rounds].toSorted(([a], [b]) => a - b).map(([round, counts]) => ({ round, ...counts }));
}
