import type { Origin, Outcome, OutcomeStatus } from '../join/outcome.ts';
import type { Attempt } from '../join/walk.ts';
import type { ResultError, Usage } from '../results/result.ts';
import { anyShard, type SpooledRecord } from '../shards/stretch.ts';
import type { AttemptCosts } from './attempt-costs.ts';

/** One line of an audit: an attempt at a record, and what came of it. Keys that scripts may rely on. */
export interface AuditLine {
  /** 0-based index of the record. */
  readonly record: number;
  /** Index of the record whose request is the same and was sent, or taken over, in place of this one's. */
  readonly copyOf?: number;
  /** The user's id of the record; empty where it has none. */
  readonly customId: string;
  /**
   * 1 for the first sending. 0 in a line about none: the record was rejected, its answer was taken over, no adopted batch holds a result for
   * it; or the batch was refused before it ran anything, for a cause that passes, such as a full queue.
   */
  readonly attempt: number;
  readonly status: OutcomeStatus;
  /** Why, where `status` is not `succeeded`. */
  readonly reason?: string;
  /** Where the answer came from, if nothing was sent for it. */
  readonly origin?: Origin;
  /** Id of the batch at the provider; `synchronous` for a request that was sent by itself. */
  readonly batch?: string;
  readonly shard?: number;
  /** 1-based position of its request in the shard, one request a line; left out where another tool made the requests. */
  readonly line?: number;
  /** When its batch was created, or the synchronous call was made. ISO 8601. */
  readonly createdAt?: string;
  /** When its batch, or the synchronous call, had ended, where that is known. ISO 8601. */
  readonly endedAt?: string;
  /** The model that answered; that which was asked for, where the answer names none. */
  readonly model?: string;
  readonly usage?: Usage;
  /** US dollars: 0 where nobody answered; left out where the price is not known. */
  readonly costUsd?: number;
}

/** What the ledger knows of the sending of a request; times in Unix milliseconds. */
export interface Sending {
  /** Why the batch was refused before it ran anything, so that its shard was sent again; left out where it was not. */
  readonly refusal?: ResultError;
  readonly batch?: string;
  readonly createdAt?: number;
  readonly endedAt?: number;
}

/** All there is to say about a record. */
export interface AuditedRecord {
  readonly record: Pick<SpooledRecord, 'index' | 'customId' | 'shard'>;
  /** The outcome that counts. */
  readonly chosen: Outcome;
  /** The first one first. */
  readonly attempts: readonly Attempt[];
  /** What each of the attempts cost. */
  readonly costs: AttemptCosts;
  /** The first one first: of a shard that was created again there are several, and the attempt is the last. */
  readonly sendingsOf: (attempt: Attempt) => readonly Sending[];
  /** Index of the record that has the same request, if it is a copy. */
  readonly copyOf?: number;
}

/** The lines of a record in an audit: one for each attempt, the first one first, or a single one where there was none. Pure. */
export function auditLines({ record, chosen, attempts, costs, sendingsOf, copyOf }: AuditedRecord): AuditLine[] {
  const { index, customId, shard } = record;
  const known = { record: index, ...(copyOf === undefined ? {} : { copyOf }), customId };
  // A record of adopted batches may have been in any of them: where its result is, there it was.
  const isForeign = shard === anyShard;
  const lines = attempts.flatMap((attempt, position) =>
    isForeign && !attempt.hasResult ? [] : sendingsOf(attempt).map((sending) => lineOf(cameTo(attempt, sending), isForeign, sending.refusal === undefined ? costs[position] : 0, sending)),
  );
  if (lines.length === 0) return [{ ...known, attempt: 0, ...verdictOf(chosen) }];
  let sent = 0;
  return lines.map(({ isAttempt, ...line }) => ({ ...known, attempt: isAttempt ? (sent += 1) : 0, ...line }));
}

/** What a sending came to: nothing ran of one that was refused. */
function cameTo(attempt: Attempt, { refusal: error }: Sending): Attempt {
  return error === undefined ? attempt : { ...attempt, outcome: { status: 'errored', reason: error.code, customId: attempt.outcome.customId, error } };
}

/** A line without what is the same in all lines of a record. */
interface LineBody extends Omit<AuditLine, 'record' | 'customId' | 'attempt'> {
  readonly isAttempt: boolean;
}

function lineOf({ outcome, shard, position }: Attempt, isForeign: boolean, costUsd: number | undefined, { batch, createdAt, endedAt, refusal }: Sending): LineBody {
  const model = outcome.model ?? shard.model;
  return {
    isAttempt: refusal === undefined && outcome.origin === undefined,
    ...verdictOf(outcome),
    ...(batch === undefined ? {} : { batch }),
    shard: shard.number,
    ...(isForeign ? {} : { line: position + 1 }),
    ...(createdAt === undefined ? {} : { createdAt: timeOf(createdAt) }),
    ...(endedAt === undefined ? {} : { endedAt: timeOf(endedAt) }),
    ...(model === undefined ? {} : { model }),
    ...(outcome.usage === undefined ? {} : { usage: outcome.usage }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function verdictOf({ status, reason, origin }: Outcome): Pick<AuditLine, 'status' | 'reason' | 'origin'> {
  return { status, ...(reason === undefined ? {} : { reason }), ...(origin === undefined ? {} : { origin }) };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
