import type { Batch, BatchCounts } from '../provider.ts';
import { fieldsOf, numberOf, statusOf, textOf, timeOf, type Fields } from '../values.ts';

/** Path of a batch under the base URL. */
export function batchPath(batchId: string): string {
  return `/v1/messages/batches/${encodeURIComponent(batchId)}`;
}

/**
 * Maps a message batch; `undefined` if it is none (no id). An ended batch always has a results file: where `results_url`
 * is missing, the documented path stands for it, and a batch whose results are archived says so at download.
 * There is no failed batch: a batch in which every request failed has ended.
 */
export function batchOf(value: unknown): Batch | undefined {
  const fields = fieldsOf(value);
  const id = textOf(fields?.id);
  if (!fields || id === undefined) return undefined;
  const rawStatus = textOf(fields.processing_status) ?? 'unknown';
  const status = statusOf(rawStatus);
  const results = textOf(fields.results_url) ?? `${batchPath(id)}/results`;
  return {
    id,
    provider: 'anthropic',
    status,
    rawStatus,
    counts: countsOf(fields),
    resultFiles: status === 'pending' ? [] : [{ kind: 'output', id: results }],
    problems: [],
    metadata: {},
    ...timesOf(fields),
  };
}

/** The counters always add up to the number of requests. Whatever ended without an answer counts as failed. */
function countsOf(fields: Fields): BatchCounts {
  const counts = fieldsOf(fields.request_counts) ?? {};
  const count = (name: string): number => numberOf(counts[name]) ?? 0;
  const succeeded = count('succeeded');
  const failed = count('errored') + count('canceled') + count('expired');
  return { total: count('processing') + succeeded + failed, succeeded, failed };
}

/** Results are kept so long after the creation of their batch. Source: Message Batches guide. */
const resultsKeptMs = 29 * 86_400_000;

function timesOf(fields: Fields): Pick<Batch, 'createdAt' | 'endedAt' | 'expiresAt' | 'resultsUntil'> {
  const createdAt = timeOf(fields.created_at);
  const endedAt = timeOf(fields.ended_at);
  const expiresAt = timeOf(fields.expires_at);
  return {
    ...(createdAt !== undefined && { createdAt, resultsUntil: createdAt + resultsKeptMs }),
    ...(endedAt !== undefined && { endedAt }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
