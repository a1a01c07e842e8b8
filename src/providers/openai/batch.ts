import type { Batch, BatchCounts, RemoteFile, ResultFile } from '../provider.ts';
import { fieldsOf, metadataOf, numberOf, problemsOf, statusOf, textOf, timeOf, type Fields } from '../values.ts';

/**
 * Maps a batch object as OpenAI and its imitators send it; `undefined` if it is none (no id).
 *
 * Known ways to differ: wrapped in `job` on create, upper-case statuses, `CANCELING` (Together); title-case statuses and null
 * counters (Azure); `PROGRESS` (Novita); ISO or millisecond times; file ids `null`, missing or `""` (OpenAI itself, 2026-07).
 */
export function batchOf(value: unknown): Batch | undefined {
  const outer = fieldsOf(value);
  const fields = fieldsOf(outer?.job) ?? outer;
  const id = textOf(fields?.id);
  if (!fields || id === undefined) return undefined;
  const rawStatus = textOf(fields.status) ?? 'unknown';
  const status = statusOf(rawStatus);
  return {
    id,
    provider: 'openai',
    status,
    rawStatus,
    counts: countsOf(fields),
    resultFiles: status === 'pending' ? [] : resultFilesOf(fields),
    problems: [...problemsOf(fields.errors), ...problemsOf(fields.error)],
    metadata: metadataOf(fields.metadata),
    ...timesOf(fields),
    ...inputFileOf(fields),
  };
}

function countsOf(fields: Fields): BatchCounts {
  const counts = fieldsOf(fields.request_counts) ?? fields;
  return {
    total: numberOf(counts.total) ?? 0,
    succeeded: numberOf(counts.completed) ?? 0,
    failed: numberOf(counts.failed) ?? 0,
  };
}

function resultFilesOf(fields: Fields): ResultFile[] {
  const output = textOf(fields.output_file_id);
  const error = textOf(fields.error_file_id);
  return [
    ...(output === undefined ? [] : [{ kind: 'output' as const, id: output }]),
    ...(error === undefined || error === output ? [] : [{ kind: 'error' as const, id: error }]),
  ];
}

function timesOf(fields: Fields): Pick<Batch, 'createdAt' | 'endedAt' | 'expiresAt'> {
  const createdAt = timeOf(fields.created_at);
  const endedAt =
    timeOf(fields.completed_at) ?? timeOf(fields.failed_at) ?? timeOf(fields.expired_at) ?? timeOf(fields.cancelled_at);
  const expiresAt = timeOf(fields.expires_at);
  return {
    ...(createdAt !== undefined && { createdAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function inputFileOf(fields: Fields): Pick<Batch, 'inputFileId'> {
  const inputFileId = textOf(fields.input_file_id);
  return inputFileId === undefined ? {} : { inputFileId };
}

/** Maps a file object; `undefined` if it is none. */
export function fileOf(value: unknown): RemoteFile | undefined {
  const fields = fieldsOf(value);
  const id = textOf(fields?.id);
  if (!fields || id === undefined) return undefined;
  const bytes = numberOf(fields.bytes);
  const createdAt = timeOf(fields.created_at);
  return {
    id,
    name: textOf(fields.filename) ?? '',
    ...(bytes !== undefined && { bytes }),
    ...(createdAt !== undefined && { createdAt }),
  };
}
