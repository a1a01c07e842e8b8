import type { BatchEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Batch, CallOptions, ShardUpload } from '../providers/provider.ts';
import type { Work } from './work.ts';

/** What the provider echoes, so that a batch can be recognized as ours. */
export function batchMetadata(shard: ShardEntry, work: Pick<Work, 'runId'>): Record<string, string> {
  return { millrace_run: work.runId, millrace_shard: String(shard.number), millrace_sha256: shard.sha256 };
}

/** A shard as it is sent; the name holds the run's id, so that a file can be found again. */
export async function uploadOf(shard: ShardEntry, work: Pick<Work, 'storage' | 'runId'>): Promise<ShardUpload> {
  const path = await work.storage.open(shard.file);
  return { path, bytes: shard.bytes, name: `${work.runId}-${shard.file.slice(shard.file.lastIndexOf('/') + 1)}` };
}

/** A batch as the ledger keeps it. */
export function batchEntryOf(batch: Batch, shard: number, now: number): BatchEntry {
  const { id, status, rawStatus, counts, problems, resultFiles, createdAt, endedAt, expiresAt, resultsUntil } = batch;
  return {
    id,
    shard,
    status,
    rawStatus,
    counts,
    problems,
    resultFiles,
    createdAt: createdAt ?? now,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(resultsUntil === undefined ? {} : { resultsUntil }),
    canceledByUser: false,
  };
}

export function callOptions({ signal }: Pick<Work, 'signal'>): CallOptions {
  return signal ? { signal } : {};
}
