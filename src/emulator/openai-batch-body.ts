import type { Settings } from './options.ts';
import type { JsonObject } from './json.ts';
import { courseOf, nominalMs, shareDone } from './lifecycle.ts';
import { snapshotOf } from './models.ts';
import { responseUsage } from './response-usage.ts';
import type { StoredBatch } from './stored.ts';

/** The words OpenAI has for where a batch stands. */
export type OpenAIStatus = 'validating' | 'failed' | 'in_progress' | 'finalizing' | 'completed' | 'expired' | 'cancelling' | 'cancelled';

/** Where a batch stands at `now`. */
export function statusOf(batch: StoredBatch, speed: number, now: number): OpenAIStatus {
  const { validation, outcome } = batch;
  if (validation !== undefined && validation.problems.length > 0) return 'failed';
  if (outcome !== undefined && now >= outcome.at) return outcome.ending;
  const { ending, stoppedAt } = courseOf(batch, speed);
  if (ending === 'cancelled' && now >= stoppedAt) return 'cancelling';
  if (validation === undefined) return 'validating';
  return now >= stoppedAt ? 'finalizing' : 'in_progress';
}

function seconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.floor(milliseconds / 1000);
}

function isStarted({ validation }: StoredBatch): boolean {
  return validation !== undefined && validation.problems.length === 0;
}

/** Moves while the batch runs: an estimate, as the provider's is; exact at the end. */
function countsOf(batch: StoredBatch, speed: number, now: number): JsonObject {
  if (!isStarted(batch)) return { total: 0, completed: 0, failed: 0 };
  const total = batch.validation?.total ?? 0;
  if (batch.outcome !== undefined && now >= batch.outcome.at) return { total, completed: batch.outcome.completed, failed: batch.outcome.failed };
  return { total, completed: Math.floor(total * shareDone(batch, speed, now)), failed: 0 };
}

function timesOf(batch: StoredBatch, status: OpenAIStatus, speed: number): JsonObject {
  const { startedAt, stoppedAt } = courseOf(batch, speed);
  const { outcome, validation } = batch;
  const isFinal = ['finalizing', 'completed', 'expired'].includes(status);
  const endedAs = (word: OpenAIStatus) => (status === word ? seconds(outcome?.at) : null);
  return {
    created_at: seconds(batch.createdAt),
    in_progress_at: isStarted(batch) ? seconds(startedAt) : null,
    expires_at: seconds(batch.createdAt + nominalMs.window),
    finalizing_at: isFinal ? seconds(stoppedAt) : null,
    completed_at: endedAs('completed'),
    failed_at: status === 'failed' ? seconds(validation?.at) : null,
    expired_at: endedAs('expired'),
    cancelling_at: ['cancelling', 'cancelled'].includes(status) ? seconds(batch.cancelRequestedAt) : null,
    cancelled_at: endedAs('cancelled'),
  };
}

function usageOf({ outcome }: StoredBatch, isEnded: boolean): JsonObject | null {
  if (!isEnded || outcome === undefined) return null;
  return responseUsage(outcome.tokens.input, outcome.tokens.output);
}

/** A batch as the API shows it at `now`: every field, those without a value as null (openai-batch reference, 5.2). */
export function batchBody(batch: StoredBatch, { speed, absentErrorFileId }: Settings, now: number): JsonObject {
  const { validation, outcome } = batch;
  const status = statusOf(batch, speed, now);
  const isEnded = outcome !== undefined && status === outcome.ending;
  const problems = (validation?.problems ?? []).map((problem) => ({ ...problem }));
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    model: validation?.model === undefined || validation.model === null ? null : snapshotOf(validation.model),
    errors: status === 'failed' ? { object: 'list', data: problems } : null,
    input_file_id: batch.inputFileId,
    completion_window: '24h',
    status,
    output_file_id: isEnded ? outcome.outputFileId : null,
    error_file_id: isEnded ? (outcome.errorFileId ?? absentErrorFileId) : null,
    ...timesOf(batch, status, speed),
    request_counts: countsOf(batch, speed, now),
    usage: usageOf(batch, isEnded),
    metadata: batch.metadata === null ? null : { ...batch.metadata },
  };
}
