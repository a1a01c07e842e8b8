import { anthropicErrorType } from './failure.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Reply } from './reply.ts';

/** What became of one request. */
export type RowKind = 'succeeded' | 'errored' | 'canceled' | 'expired';

/** Marks the usage of a made-up message as that of a batch. */
function inBatch(message: JsonObject): JsonObject {
  const { usage } = message;
  return isObject(usage) ? { ...message, usage: { ...usage, service_tier: 'batch' } } : message;
}

function resultOf(reply: Reply): JsonObject {
  if ('body' in reply) return { type: 'succeeded', message: inBatch(reply.body) };
  const { failure } = reply;
  const error = { details: { error_visibility: 'user_facing' }, type: anthropicErrorType(failure), message: failure.message };
  return { type: 'errored', error: { type: 'error', error, request_id: null } };
}

/** A result line, compact, in raw UTF-8. `reply` is a word for a request that was never executed. */
export function resultRow(customId: string, reply: Reply | 'canceled' | 'expired'): string {
  return JSON.stringify({ custom_id: customId, result: typeof reply === 'string' ? { type: reply } : resultOf(reply) });
}

/** The counter a request falls under. */
export function kindOf(reply: Reply | 'canceled' | 'expired'): RowKind {
  if (typeof reply === 'string') return reply;
  return 'body' in reply ? 'succeeded' : 'errored';
}
