import type { ShardEntry } from '../ledger/ledger.ts';
import { sourceRecord, type Header, type JsonValue, type OnReject } from '../records/record.ts';
import type { LineReading } from '../results/parse.ts';
import type { ResultError } from '../results/result.ts';
import type { AnswerKinds, IndexCounts } from '../results/line-register.ts';
import { readStretch } from '../shards/stretch-reader.ts';
import type { SpooledRecord } from '../shards/stretch.ts';
import { OpenShards } from './open-shards.ts';
import type { JoinedRecord, Outcome, OutcomeRules } from './outcome.ts';

/** A shard with what came back for it. */
export interface AnsweredShard extends Pick<ShardEntry, 'number' | 'round' | 'firstIndex' | 'lastIndex' | 'requestCount' | 'via' | 'model'> {
  /** Local path of the list of copies, of a `copy` shard. */
  readonly copies?: string;
  /** Local paths of its result files, output before errors. */
  readonly resultFiles: readonly string[];
  /** Indexes of its records, rising; the shards of the first round are named by their records instead. */
  readonly members?: readonly number[];
  /** True if the user asked to cancel its batch. */
  readonly canceledByUser: boolean;
  /** Set where the batch ended before it ran anything. */
  readonly neverRan?: 'canceled' | 'expired';
  /** What went wrong with single requests that no result tells of, by their 0-based position in the shard. */
  readonly failures?: ReadonlyMap<number, ResultError>;
  /** Why nothing came back: the provider refused the batch, or its results are gone. `final` if another batch would be refused as well. */
  readonly problem?: { readonly code: string; readonly message: string; readonly refused: boolean; readonly final: boolean };
}

export interface WalkInput {
  /** Local paths of the stretches, in order. */
  readonly stretches: readonly string[];
  readonly shards: readonly AnsweredShard[];
  readonly header?: Header;
  /** The ids under which a record may have gone out, the likeliest first. */
  readonly wireIdsOf: (record: { readonly index: number; readonly customId: string }) => readonly string[];
  /** How the lines of the provider are read. */
  readonly reading: LineReading;
  readonly rules: OutcomeRules;
  /** Receives result lines that found no place. */
  readonly onLineReject: OnReject;
  /** Receives the records that were never sent. */
  readonly onRecordReject: OnReject;
  /** Told what the result files of a shard hold, before the first of its records. */
  readonly onIndex: (found: { readonly counts: IndexCounts; readonly kinds: AnswerKinds }) => void;
  /**
   * Told of every attempt at a record, the last one last: each was paid for, whichever counts. There are none at one that was rejected.
   * Nor are there at one whose request another record has: then `copyOf` is the index of that. Gives what the record cost, where that is to
   * be in its outcome.
   */
  readonly onAttempts?: (attempts: readonly Attempt[], chosen: Outcome, record: SpooledRecord, copyOf?: number) => number | undefined;
  /**
   * For those who look for records to send again: one that was answered in full is told as such, without value and what the answer says; so
   * is one whose request another record has, which is never sent.
   * @default false
   */
  readonly skimsAnswered?: boolean;
  readonly signal?: AbortSignal;
}

/** One time a record was sent, and what came of it. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly shard: AnsweredShard;
  /** 0-based position of its request in the shard; of batches that another tool made it means nothing. */
  readonly position: number;
  /** True if a result line tells its outcome; else it follows from what became of the shard. */
  readonly hasResult: boolean;
}

/** A record of a run with its outcome, and how it came to it. */
export interface WalkedRecord {
  readonly spooled: SpooledRecord;
  readonly outcome: Outcome;
  /** The shards it was sent in, one for each attempt, the last one last. */
  readonly sentIn: readonly AnsweredShard[];
  /** What the last attempt came to; left out where it was never sent. */
  readonly latest?: Outcome;
}

/** Joins a run: every source record with its outcome, in source order. */
export async function* walk<T, Json = JsonValue>(input: WalkInput): AsyncGenerator<JoinedRecord<T, Json>, void, undefined> {
  for await (const { spooled, outcome } of walkAttempts(input)) {
    if (spooled.rejection) input.onRecordReject({ ...spooled.rejection, ...(spooled.value === undefined ? {} : { value: spooled.value }) });
    // The caller says what the values are: they are what the source gave, and what the schema made.
    yield { record: sourceRecord(spooled.index, spooled.value as T, spooled.line, input.header), outcome: outcome as Outcome<Json> };
  }
}

/**
 * Walks the source records of a run in order and looks each up in the results of the shards it was sent in. A shard's results
 * are indexed when the walk reaches its first record and forgotten after its last: at most the shards that were open side by
 * side are held.
 */
export async function* walkAttempts(input: WalkInput): AsyncGenerator<WalkedRecord, void, undefined> {
  const open = new OpenShards(input);
  try {
    for (const path of input.stretches) {
      for await (const spooled of readStretch(path, { values: !open.skims })) {
        input.signal?.throwIfAborted();
        if (open.mustMove(spooled.index)) await open.moveTo(spooled.index);
        yield { spooled, ...open.find(spooled, spooled.rejection ? [] : open.sentIn(spooled)) };
      }
    }
    await open.moveTo(Infinity);
  } finally {
    open.close();
  }
}
