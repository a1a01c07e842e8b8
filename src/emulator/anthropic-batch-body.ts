import type { Settings } from './options.ts';
import type { JsonObject } from './json.ts';
import { nominalMs, shareDone } from './lifecycle.ts';
import type { StoredMessageBatch } from './stored.ts';

/** Results go 29 days after creation; the batch itself stays visible. */
const RESULTS_LIVE_MS = 29 * 86_400_000;

/** Where a batch stands at `now`. Nothing but the counters tells how it ended. */
export function processingStatus(batch: StoredMessageBatch, now: number): 'in_progress' | 'canceling' | 'ended' {
  if (batch.outcome !== undefined && now >= batch.outcome.at) return 'ended';
  return isCanceled(batch, now) ? 'canceling' : 'in_progress';
}

/** Whether a cancel was asked for by `now`; one may be planned. */
function isCanceled({ cancelRequestedAt }: StoredMessageBatch, now: number): boolean {
  return cancelRequestedAt !== undefined && now >= cancelRequestedAt;
}

/** When the results of a batch are thrown away, in Unix milliseconds. */
export function archivedAt({ createdAt }: StoredMessageBatch): number {
  return createdAt + RESULTS_LIVE_MS;
}

/** RFC 3339 with microseconds, as the guide's samples are. */
function timestamp(milliseconds: number | undefined): string | null {
  if (milliseconds === undefined) return null;
  const whole = Math.floor(milliseconds);
  const micros = Math.floor((milliseconds - whole) * 1000).toString().padStart(3, '0');
  return new Date(whole).toISOString().replace('Z', `${micros}Z`);
}

/** Sums to the number of requests at all times. Before the end it is an estimate, or all zero. */
function countsOf(batch: StoredMessageBatch, { speed, anthropicCounts }: Settings, now: number): JsonObject {
  if (batch.outcome !== undefined && now >= batch.outcome.at) {
    const { succeeded, errored, canceled, expired } = batch.outcome;
    return { processing: 0, succeeded, errored, canceled, expired };
  }
  const succeeded = anthropicCounts === 'moving' ? Math.floor(batch.total * shareDone(batch, speed, now)) : 0;
  return { processing: batch.total - succeeded, succeeded, errored: 0, canceled: 0, expired: 0 };
}

/** A batch as the API shows it at `now`. @param resultsUrl where its results lie, once they do */
export function messageBatchBody(batch: StoredMessageBatch, settings: Settings, now: number, resultsUrl: string): JsonObject {
  const status = processingStatus(batch, now);
  const isArchived = now >= archivedAt(batch);
  return {
    id: batch.id,
    type: 'message_batch',
    processing_status: status,
    request_counts: countsOf(batch, settings, now),
    created_at: timestamp(batch.createdAt),
    expires_at: timestamp(batch.createdAt + nominalMs.window),
    ended_at: status === 'ended' ? timestamp(batch.outcome?.at) : null,
    cancel_initiated_at: isCanceled(batch, now) ? timestamp(batch.cancelRequestedAt) : null,
    archived_at: isArchived ? timestamp(archivedAt(batch)) : null,
    results_url: status === 'ended' && !isArchived ? resultsUrl : null,
  };
}
