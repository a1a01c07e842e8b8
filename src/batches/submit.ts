import { MillraceError, type ErrorCode } from '../errors.ts';
import type { BatchEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Batch, ShardUpload } from '../providers/provider.ts';
import { pollDelay } from './backoff.ts';
import { reconcile } from './reconcile.ts';
import type { StepEnd, Work } from './work.ts';

/** Takes a shard one call further: upload, then create. After doubt, the provider is asked first. */
export async function submit(shard: ShardEntry, work: Work): Promise<StepEnd> {
  const doubt = await work.ledger.pendingIntent(shard.number);
  if (doubt) return reconcile(shard, doubt, work);
  if (shard.state === 'built' && work.provider.upload) return upload(shard, work.provider.upload.bind(work.provider), work);
  return create(shard, work);
}

/** An upload costs nothing, so one whose answer was lost is simply sent again. */
async function upload(shard: ShardEntry, send: NonNullable<Work['provider']['upload']>, work: Work): Promise<StepEnd> {
  const { ledger, clock, signal } = work;
  const intent = await ledger.openIntent(shard.number, 'upload', clock.now());
  try {
    const file = await send(await uploadOf(shard, work), signal ? { signal } : {});
    await ledger.recordUpload(intent.id, shard.number, file.id, clock.now());
  } catch (error) {
    await ledger.settleIntent(intent.id, 'refused', clock.now(), detailOf(error));
    throw error;
  }
  return { state: 'uploaded', waitMs: 0 };
}

/**
 * The call that costs money: the intent is in the ledger before it, and it is sent once. It does not listen to the abort
 * signal, because an answer that nobody waits for is a batch that nobody knows of.
 */
async function create(shard: ShardEntry, work: Work): Promise<StepEnd> {
  const { ledger, provider, clock } = work;
  const upload = await uploadOf(shard, work);
  work.signal?.throwIfAborted();
  const intent = await ledger.openIntent(shard.number, 'create', clock.now());
  let batch: Batch;
  try {
    batch = await provider.create({
      ...upload,
      endpoint: shard.endpoint,
      metadata: batchMetadata(shard, work),
      ...(shard.fileId === undefined ? {} : { fileId: shard.fileId }),
      ...(work.completionWindow === undefined ? {} : { completionWindow: work.completionWindow }),
    });
  } catch (error) {
    if (isRefusal(error)) await ledger.settleIntent(intent.id, 'refused', clock.now(), detailOf(error));
    throw error;
  }
  return adopt(shard, intent.id, batch, work);
}

/** Remembers a batch as that of a shard. */
export async function adopt(shard: ShardEntry, intentId: number, batch: Batch, work: Work): Promise<StepEnd> {
  const entry = batchEntryOf(batch, shard.number, work.clock.now());
  await work.ledger.recordCreate(intentId, entry, work.clock.now());
  work.onEvent?.({ type: 'shard', shard, state: 'submitted', batch: entry });
  return { state: 'submitted', waitMs: pollDelay(0, work.pollIntervalMs) };
}

/** What the provider echoes, so that a batch can be recognised as ours. */
export function batchMetadata(shard: ShardEntry, work: Work): Record<string, string> {
  return { millrace_run: work.runId, millrace_shard: String(shard.number), millrace_sha256: shard.sha256 };
}

export function batchEntryOf(batch: Batch, shard: number, now: number): BatchEntry {
  const { id, status, rawStatus, counts, problems, resultFiles, createdAt, endedAt, expiresAt } = batch;
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
    canceledByUser: false,
  };
}

async function uploadOf(shard: ShardEntry, work: Work): Promise<ShardUpload> {
  const path = await work.storage.open(shard.file);
  return { path, bytes: shard.bytes, name: `${work.runId}-${shard.file.slice(shard.file.lastIndexOf('/') + 1)}` };
}

const refusals: ReadonlySet<ErrorCode> = new Set([
  'authentication_failed',
  'permission_denied',
  'insufficient_quota',
  'rate_limited',
  'request_refused',
  'not_found',
  'conflict',
  'invalid_option',
]);

/** True if the provider certainly made no batch: it answered, and said no. */
function isRefusal(error: unknown): boolean {
  return error instanceof MillraceError && refusals.has(error.code);
}

function detailOf(error: unknown): string {
  return error instanceof MillraceError ? `${error.code}: ${error.message}` : String(error);
}
