import type { BatchCounts, BatchProblem, BatchStatus, ResultFile } from '../providers/provider.ts';
import type { Header, JsonObject } from '../records/record.ts';
import type { ResultError } from '../results/result.ts';

/** The run itself: one in each ledger. */
export interface RunEntry {
  readonly id: string;
  /** Random prefix of wire ids, for providers without metadata. */
  readonly tag: string;
  readonly provider: string;
  /** Whose account it is, without the key. */
  readonly account: string;
  /** What the job is; a run of another description is not continued here. */
  readonly description: JsonObject;
  /** `building` until every record is in a shard or rejected; a build that was cut off starts anew, nothing was sent yet. */
  readonly state: 'building' | 'built';
  /** Source records, known once built. */
  readonly records: number;
  /** Header of a tabular source. */
  readonly header?: Header;
  /** Field names of an untyped source, in order of first appearance. */
  readonly fields: readonly string[];
  /** Unix milliseconds, as all times here. */
  readonly createdAt: number;
}

export const shardStates = ['built', 'uploaded', 'submitted', 'ended', 'fetched', 'failed'] as const;
/**
 * `built`: a file, nothing sent. `uploaded`: the provider holds the file. `submitted`: a batch exists. `ended`: the batch has
 * ended. `fetched`: its results are here. `failed`: the provider refused the batch; nothing ran. A shard that is sent one by one
 * is `built` until every request of it is settled, then `fetched`.
 */
export type ShardState = (typeof shardStates)[number];

export const shardVias = ['batch', 'send', 'reuse', 'copy'] as const;
/**
 * How the requests of a shard go out: together as a `batch`, or one by one to the synchronous endpoint (`send`). Those of two kinds do
 * not: of a `reuse` shard, the results were taken over from earlier runs; a `copy` shard holds no requests, but a list of the records
 * whose request an earlier record has as well. Both are `fetched` from the beginning, in round 0.
 */
export type ShardVia = (typeof shardVias)[number];

export interface ShardEntry {
  readonly number: number;
  /** 1 for the first sending; later rounds send again what deserves it. 0 for what is not sent. */
  readonly round: number;
  /** Name in the storage. */
  readonly file: string;
  readonly endpoint: string;
  readonly model?: string;
  readonly requestCount: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Name in the storage of the list of its records, one index a line; the shards of round 1 are named by their records instead. */
  readonly members?: string;
  readonly via: ShardVia;
  readonly state: ShardState;
  /** Id of the uploaded file at the provider. */
  readonly fileId?: string;
  /** Id of the batch at the provider. */
  readonly batchId?: string;
}

/** A batch at the provider, as last seen. */
export interface BatchEntry {
  readonly id: string;
  /** 0 if it was taken for that of a shard and turned out to be of none. */
  readonly shard: number;
  readonly status: BatchStatus;
  readonly rawStatus: string;
  readonly counts: BatchCounts;
  readonly problems: readonly BatchProblem[];
  /** Where its results lie at the provider. */
  readonly resultFiles: readonly ResultFile[];
  readonly createdAt: number;
  readonly endedAt?: number;
  readonly expiresAt?: number;
  /** Until when its results can be fetched, where that is known. */
  readonly resultsUntil?: number;
  /** True once the user asked to cancel it: what it did not run is not sent again. */
  readonly canceledByUser: boolean;
}

export const intentKinds = ['upload', 'create', 'send'] as const;
export type IntentKind = (typeof intentKinds)[number];

/**
 * Written before a call that changes something at the provider, settled after it. An intent that is still open when the run
 * comes back means that nobody knows whether the call arrived: the provider is asked before anything is sent again.
 */
export interface IntentEntry {
  readonly id: number;
  readonly shard: number;
  readonly kind: IntentKind;
  readonly startedAt: number;
  /** First time a whole listing of the provider did not show what was sent. */
  readonly absentSince?: number;
}

/**
 * `done`: it arrived. `adopted`: it seems so, by time and count; its results will tell. `refused`: the provider said no, and it can be
 * made again. `lost`: it never arrived, proved by two listings, or by a connection that was never made. Of single requests alone,
 * `failed`: answered with an error that counts as an attempt; `uncertain`: nobody knows, and nobody can be asked.
 */
export type IntentEnd = 'done' | 'adopted' | 'refused' | 'lost' | 'failed' | 'uncertain';

/** A request that was sent by itself: the intent of it, and how it ended. */
export interface SendEntry {
  readonly id: number;
  readonly shard: number;
  /** 0-based position of the request in its shard. */
  readonly position: number;
  readonly startedAt: number;
  /** When it was known how it ended. */
  readonly settledAt?: number;
  /** Left out while the call is under way, or was cut off. */
  readonly end?: IntentEnd;
  /** Why there is no answer, where the end is not `done`. */
  readonly error?: ResultError;
}

/** A result file that is here whole. */
export interface ResultEntry {
  /** The batch it was downloaded from; `send-<shard>` for answers to requests that were sent one by one, `reuse-<shard>` for those of earlier runs. */
  readonly batchId: string;
  readonly shard: number;
  readonly kind: ResultFile['kind'];
  /** Name in the storage. */
  readonly file: string;
  readonly bytes: number;
}

export interface StretchEntry {
  readonly number: number;
  readonly file: string;
  readonly recordCount: number;
  readonly bytes: number;
}

/** What a build comes to. */
export interface BuiltRun extends Pick<RunEntry, 'records' | 'header' | 'fields'> {
  readonly shards: readonly ShardEntry[];
  readonly stretches: readonly StretchEntry[];
  readonly batches: readonly BatchEntry[];
  /** Of requests that were answered before the run began. @default none */
  readonly results?: readonly ResultEntry[];
}

/** True for shards whose requests are sent. */
export function isSent({ via }: Pick<ShardEntry, 'via'>): boolean {
  return via === 'batch' || via === 'send';
}

/**
 * The run's durable memory. Every method is one transaction: when its promise resolves, what it wrote survives a crash.
 * Write your own by implementing this interface over any store with transactions.
 */
export interface Ledger {
  run(): Promise<RunEntry | undefined>;
  /** Begins a run, or begins its build anew: forgets all shards and stretches, of which nothing has been sent. */
  beginBuild(run: RunEntry): Promise<void>;
  /** Ends the build: from now on the run is sent, never built again. Batches and results that exist already come with their shards. */
  endBuild(built: BuiltRun): Promise<void>;
  /** Adds the shards of a further round. */
  addShards(shards: readonly ShardEntry[]): Promise<void>;

  /** All shards in order of number. */
  shards(): Promise<ShardEntry[]>;
  shard(number: number): Promise<ShardEntry | undefined>;
  stretches(): Promise<StretchEntry[]>;
  batches(): Promise<BatchEntry[]>;
  batch(id: string): Promise<BatchEntry | undefined>;
  results(): Promise<ResultEntry[]>;

  /** Notes, before the call, that it will be made. @param position of the request in its shard, where one is sent by itself */
  openIntent(shard: number, kind: IntentKind, startedAt: number, position?: number): Promise<IntentEntry>;
  /** True if anything was sent, as far as anybody knows: refused calls, and those that never arrived, do not count. */
  hasSent(): Promise<boolean>;
  /** Every request that was sent by itself, oldest first. */
  sends(): Promise<SendEntry[]>;
  /** The intent of a shard that is still open, if any. */
  pendingIntent(shard: number): Promise<IntentEntry | undefined>;
  /** Notes that a whole listing did not show it. */
  noteAbsent(intentId: number, at: number): Promise<void>;
  /** @param detail in words; of a single request its error, as JSON */
  settleIntent(intentId: number, end: IntentEnd, at: number, detail?: string): Promise<void>;

  /** The upload arrived: settles the intent and remembers the file. */
  recordUpload(intentId: number, shard: number, fileId: string, at: number): Promise<void>;
  /** The batch exists: settles the intent and remembers it. @default end 'done' */
  recordCreate(intentId: number, batch: BatchEntry, at: number, end?: 'done' | 'adopted'): Promise<void>;
  /** Updates a batch as seen now, and its shard's state with it. */
  recordPoll(batch: BatchEntry, state: ShardState, at: number): Promise<void>;
  /** The results of a shard are here. */
  recordFetch(shard: number, results: readonly ResultEntry[], at: number): Promise<void>;
  /** Ids of the batches that were adopted by time and count alone, and whose results have not shown yet whose they are. */
  unproven(): Promise<string[]>;
  /**
   * A batch that was adopted by time and count is not this shard's. It goes to its owner, the number of another shard of the run, or
   * is kept under shard 0, so that it is never adopted again. The shard's create call is in doubt again, or, where the owner had
   * adopted a batch in the same way, that one is adopted in exchange.
   */
  disown(shard: number, batchId: string, owner: number | undefined, at: number): Promise<void>;
  /** Notes that the user asks to cancel a batch, before the provider is asked. */
  noteCancel(batchId: string): Promise<void>;
  /** Takes a shard back to an earlier state, so that its batch is made again with the same file. */
  resetShard(shard: number, state: 'built' | 'uploaded'): Promise<void>;

  close(): Promise<void>;
}
