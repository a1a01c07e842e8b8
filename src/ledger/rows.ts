import type { Insertable, Selectable } from 'kysely';
import type { BatchEntry, IntentEnd, IntentEntry, IntentKind, ResultEntry, RunEntry, SendEntry, ShardEntry, ShardState, ShardVia, StretchEntry } from './ledger.ts';
import { schemaVersion, type Tables } from './schema.ts';

// Rows of the tables to entries of the ledger, and back. The casts name columns whose values this file, and the ledger beside it, alone write.

/** What the table of runs has of a run. */
export function runRow(run: RunEntry): Insertable<Tables['run']> {
  const { id, tag, provider, account, state, records, createdAt } = run;
  return {
    id,
    schema_version: schemaVersion,
    tag,
    provider,
    account,
    description: JSON.stringify(run.description),
    state,
    records,
    header: run.header ? JSON.stringify(run.header) : null,
    fields: JSON.stringify(run.fields),
    created_at: createdAt,
  };
}

/** The run of a row. */
export function runEntry(row: Selectable<Tables['run']>): RunEntry {
  return {
    id: row.id,
    tag: row.tag,
    provider: row.provider,
    account: row.account,
    description: JSON.parse(row.description) as RunEntry['description'],
    state: row.state as RunEntry['state'],
    records: Number(row.records),
    ...(row.header === null ? {} : { header: JSON.parse(row.header) as NonNullable<RunEntry['header']> }),
    fields: JSON.parse(row.fields) as string[],
    createdAt: Number(row.created_at),
  };
}

/** What the table of shards has of a shard. */
export function shardRow(shard: ShardEntry): Insertable<Tables['shards']> {
  const { number, round, file, endpoint, bytes, sha256, state } = shard;
  return {
    number,
    round,
    file,
    endpoint,
    model: shard.model ?? null,
    request_count: shard.requestCount,
    bytes,
    sha256,
    first_index: shard.firstIndex,
    last_index: shard.lastIndex,
    members: shard.members ?? null,
    via: shard.via,
    state,
    file_id: shard.fileId ?? null,
    batch_id: shard.batchId ?? null,
  };
}

/** The shard of a row. */
export function shardEntry(row: Selectable<Tables['shards']>): ShardEntry {
  return {
    number: row.number,
    round: row.round,
    file: row.file,
    endpoint: row.endpoint,
    ...(row.model === null ? {} : { model: row.model }),
    requestCount: row.request_count,
    bytes: Number(row.bytes),
    sha256: row.sha256,
    firstIndex: Number(row.first_index),
    lastIndex: Number(row.last_index),
    ...(row.members === null ? {} : { members: row.members }),
    via: row.via as ShardVia,
    state: row.state as ShardState,
    ...(row.file_id === null ? {} : { fileId: row.file_id }),
    ...(row.batch_id === null ? {} : { batchId: row.batch_id }),
  };
}

/** The stretch of a row. */
export function stretchEntry(row: Selectable<Tables['stretches']>): StretchEntry {
  return { number: row.number, file: row.file, recordCount: row.record_count, bytes: Number(row.bytes) };
}

/** The result file of a row. */
export function resultEntry(row: Selectable<Tables['results']>): ResultEntry {
  return { batchId: row.batch_id, shard: row.shard, kind: row.kind as ResultEntry['kind'], file: row.file, bytes: Number(row.bytes) };
}

/** What the table of batches has of a batch. @param checkedAt when the provider said so; Unix milliseconds */
export function batchRow(batch: BatchEntry, checkedAt: number): Insertable<Tables['batches']> {
  return {
    id: batch.id,
    shard: batch.shard,
    status: batch.status,
    raw_status: batch.rawStatus,
    ...batch.counts,
    problems: JSON.stringify(batch.problems),
    result_files: JSON.stringify(batch.resultFiles),
    created_at: batch.createdAt,
    ended_at: batch.endedAt ?? null,
    expires_at: batch.expiresAt ?? null,
    results_until: batch.resultsUntil ?? null,
    checked_at: checkedAt,
    canceled_by_user: batch.canceledByUser ? 1 : 0,
  };
}

/** The batch of a row. */
export function batchEntry(row: Selectable<Tables['batches']>): BatchEntry {
  return {
    id: row.id,
    shard: row.shard,
    status: row.status as BatchEntry['status'],
    rawStatus: row.raw_status,
    counts: { total: row.total, succeeded: row.succeeded, failed: row.failed },
    problems: JSON.parse(row.problems) as BatchEntry['problems'],
    resultFiles: JSON.parse(row.result_files) as BatchEntry['resultFiles'],
    createdAt: Number(row.created_at),
    ...(row.ended_at === null ? {} : { endedAt: Number(row.ended_at) }),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.results_until === null ? {} : { resultsUntil: Number(row.results_until) }),
    canceledByUser: row.canceled_by_user === 1,
  };
}

/** The intent of a row. */
export function intentEntry(row: Selectable<Tables['intents']>): IntentEntry {
  return {
    id: row.id,
    shard: row.shard,
    kind: row.kind as IntentKind,
    startedAt: Number(row.started_at),
    ...(row.absent_since === null ? {} : { absentSince: Number(row.absent_since) }),
  };
}

/** The intent of a row, where it is that of one request sent on its own. */
export function sendEntry({ id, shard, position, started_at: startedAt, settled_at: settledAt, end_state: end, detail }: Selectable<Tables['intents']>): SendEntry {
  return {
    id,
    shard,
    position: position ?? 0,
    startedAt: Number(startedAt),
    ...(settledAt === null ? {} : { settledAt: Number(settledAt) }),
    ...(end === null ? {} : { end: end as IntentEnd }),
    ...(detail === null ? {} : { error: JSON.parse(detail) as NonNullable<SendEntry['error']> }),
  };
}
