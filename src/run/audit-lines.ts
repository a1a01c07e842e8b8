import type { Outcome, OutcomeStatus } from '../join/outcome.ts';
import type { Attempt } from '../join/walk.ts';
import type { Usage } from '../results/result.ts';
import { anyShard, type SpooledRecord } from '../shards/stretch.ts';
import type { AttemptCosts } from './attempt-costs.ts';

/** One line of an audit: an attempt at a record, and what came of it. Keys that scripts may rely on. */
export interface AuditLine {
  /** 0-based index of the record. */
  readonly record: number;
  /** The user's id of the record; empty where it has none. */
  readonly customId: string;
  /** 1 for the first sending; 0 in the only line of a record of which no sending is known: it was rejected, or no adopted batch holds a result for it. */
  readonly attempt: number;
  readonly status: OutcomeStatus;
  /** Why, where `status` is not `succeeded`. */
  readonly reason?: string;
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
  readonly sendingOf: (attempt: Attempt) => Sending;
}

/** The lines of a record in an audit: one for each attempt, the first one first, or a single one where there was none. Pure. */
export function auditLines({ record, chosen, attempts, costs, sendingOf }: AuditedRecord): AuditLine[] {
  const { index, customId, shard } = record;
  // A record of adopted batches may have been in any of them: where its result is, there it was.
  const isForeign = shard === anyShard;
  const lines = attempts.flatMap((attempt, position) => (isForeign && !attempt.hasResult ? [] : [lineOf(attempt, isForeign, costs[position], sendingOf(attempt))]));
  if (lines.length === 0) return [{ record: index, customId, attempt: 0, ...verdictOf(chosen) }];
  return lines.map((line, before) => ({ record: index, customId, attempt: before + 1, ...line }));
}

function lineOf({ outcome, shard, position }: Attempt, isForeign: boolean, costUsd: number | undefined, { batch, createdAt, endedAt }: Sending): Omit<AuditLine, 'record' | 'customId' | 'attempt'> {
  const model = outcome.model ?? shard.model;
  return {
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

function verdictOf({ status, reason }: Outcome): Pick<AuditLine, 'status' | 'reason'> {
  return { status, ...(reason === undefined ? {} : { reason }) };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
