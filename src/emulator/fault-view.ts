import type { ViewAction } from './fault-actions.ts';
import { isObject, stringMember, type JsonObject } from './json.ts';
import { archivedAt } from './anthropic-batch-body.ts';
import type { AnyBatch } from './fault-batches.ts';

/** When a batch is looked at. */
export interface Sight {
  /** Unix milliseconds. */
  readonly now: number;
  readonly speed: number;
}

const endFields = ['completed_at', 'failed_at', 'expired_at', 'cancelled_at', 'finalizing_at', 'errors', 'usage', 'output_file_id', 'error_file_id', 'results_url', 'ended_at', 'archived_at'];

function isOpenAI(body: JsonObject): boolean {
  return body['object'] === 'batch';
}

/** The fields that only a batch that ended has, as they are before. */
function withoutEnd(body: JsonObject): JsonObject {
  const cleared = endFields.filter((name) => Object.hasOwn(body, name)).map((name) => [name, null] as const);
  return { ...body, ...Object.fromEntries(cleared) };
}

function hasEnded(body: JsonObject): boolean {
  if (!isOpenAI(body)) return body['processing_status'] === 'ended';
  return ['completed', 'failed', 'expired', 'cancelled'].includes(stringMember(body, 'status') ?? '');
}

function withStatus(body: JsonObject, { word, forMs }: { readonly word: string; readonly forMs?: number }, { createdAt }: AnyBatch, { now, speed }: Sight): JsonObject {
  const isOver = forMs === undefined ? hasEnded(body) : now >= createdAt + forMs / speed;
  if (isOver) return body;
  return { ...withoutEnd(body), [isOpenAI(body) ? 'status' : 'processing_status']: word };
}

function late(body: JsonObject, forMs: number, { outcome }: AnyBatch, { now, speed }: Sight): JsonObject {
  if (outcome === undefined || !hasEnded(body) || now >= outcome.at + forMs / speed) return body;
  return isOpenAI(body) ? { ...body, output_file_id: null, error_file_id: null } : { ...body, results_url: null };
}

function numberIn(counts: JsonObject, name: string): number {
  const value = counts[name];
  return typeof value === 'number' ? value : 0;
}

/** All of `names` zero; with Anthropic the requests are still processing then. */
function zeroed(counts: JsonObject): JsonObject {
  const zeros = Object.fromEntries(Object.keys(counts).map((name) => [name, 0]));
  const all = Object.keys(counts).reduce((sum, name) => sum + numberIn(counts, name), 0);
  return 'processing' in counts ? { ...zeros, processing: all } : zeros;
}

function withCounts(body: JsonObject, value: 'more' | 'fewer' | 'zero' | 'never'): JsonObject {
  const counts = body['request_counts'];
  if (!isObject(counts)) return body;
  const ended = hasEnded(body);
  if (value === 'never' || (value === 'zero' && !ended)) return { ...body, request_counts: zeroed(counts) };
  if (value === 'zero' || !ended) return body;
  const step = value === 'more' ? 1 : -1;
  const names = isOpenAI(body) ? ['total', 'completed'] : ['succeeded'];
  const changed = names.map((name) => [name, Math.max(0, numberIn(counts, name) + step)] as const);
  return { ...body, request_counts: { ...counts, ...Object.fromEntries(changed) } };
}

function foreign(body: JsonObject, origin: string): JsonObject {
  const url = body['results_url'];
  if (typeof url !== 'string') return body;
  return { ...body, results_url: new URL(new URL(url, origin).pathname, origin).href };
}

function archived(body: JsonObject, batch: AnyBatch): JsonObject {
  if (isOpenAI(body) || !hasEnded(body) || !('version' in batch)) return body;
  return { ...body, archived_at: new Date(archivedAt(batch)).toISOString(), results_url: null };
}

/** The body of a batch as a rule has it shown. */
export function viewed(body: JsonObject, action: ViewAction, batch: AnyBatch, sight: Sight): JsonObject {
  switch (action.kind) {
    case 'status': return withStatus(body, action, batch, sight);
    case 'late': return late(body, action.forMs, batch, sight);
    case 'counts': return withCounts(body, action.value);
    case 'foreign': return foreign(body, action.origin);
    case 'gone': return action.how === 'archived' ? archived(body, batch) : body;
    case 'error-file-id':
      if (!isOpenAI(body) || (body['error_file_id'] !== null && body['error_file_id'] !== '')) return body;
      return { ...body, error_file_id: action.value === 'null' ? null : '' };
    case 'hidden': return body;
  }
}
