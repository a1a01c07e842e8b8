import { ApiFailure } from './failure.ts';
import { isObject, member, stringMember, type Json, type JsonObject } from './json.ts';
import { serves } from './models.ts';

/** Gone since version 2026-10-21, even at default values (anthropic-batches reference, 1.1). Versions are dates: text order is time order. */
const REMOVED_SINCE = '2026-10-21';
const REMOVED = ['temperature', 'top_p', 'top_k'];

function invalid(message: string): ApiFailure {
  return new ApiFailure(400, message);
}

function requiredRefusal(body: JsonObject): ApiFailure | undefined {
  for (const name of ['model', 'max_tokens', 'messages']) {
    if (body[name] === undefined) return invalid(`${name}: Field required`);
  }
  if (typeof body['model'] !== 'string') return invalid('model: Input should be a valid string');
  const { max_tokens: limit } = body;
  if (typeof limit !== 'number' || !Number.isInteger(limit)) return invalid('max_tokens: Input should be a valid integer');
  return limit < 0 ? invalid('max_tokens: must be greater than or equal to 0') : undefined;
}

function batchRefusal(body: JsonObject): ApiFailure | undefined {
  if (body['stream'] === true) return invalid('stream: Streaming is not supported in a batch');
  if (body['max_tokens'] === 0) return invalid('max_tokens: must be greater than or equal to 1 in a batch');
  if (member(body['billing_policy'], 'bill_to') === 'user_profile') return invalid('billing_policy.bill_to: user_profile is not supported in a batch');
  return body['speed'] === undefined ? undefined : invalid('speed: not supported in a batch');
}

function blocksOf(content: Json | undefined): JsonObject[] {
  return Array.isArray(content) ? content.filter((block) => isObject(block)) : [];
}

function messageRefusal(message: Json, index: number, version: string): ApiFailure | undefined {
  const role = member(message, 'role');
  if (role === 'system') {
    return invalid(`messages.${index}.role: Unexpected role "system". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`);
  }
  if (role !== 'user' && role !== 'assistant') return invalid(`messages.${index}.role: Input should be 'user' or 'assistant'`);
  const content = member(message, 'content');
  if (content === undefined) return invalid(`messages.${index}.content: Field required`);
  if (version < REMOVED_SINCE) return undefined;
  const odd = blocksOf(content).find((block) => isRemovedBlock(block, role));
  return odd === undefined ? undefined : invalid(`messages.${index}.content: this form of a ${stringMember(odd, 'type')} block is not supported in version ${version}`);
}

function isRemovedBlock({ type, citations }: JsonObject, role: 'user' | 'assistant'): boolean {
  if (role === 'assistant') return type === 'document';
  return type === 'text' && Array.isArray(citations) && citations.length > 0;
}

function messagesRefusal({ messages }: JsonObject, version: string): ApiFailure | undefined {
  if (!Array.isArray(messages)) return invalid('messages: Input should be a valid list');
  if (messages.length === 0) return invalid('messages: at least one message is required');
  for (const [index, message] of messages.entries()) {
    const refusal = messageRefusal(message, index, version);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function removedRefusal(body: JsonObject, version: string): ApiFailure | undefined {
  const removed = version >= REMOVED_SINCE ? REMOVED.find((name) => body[name] !== undefined) : undefined;
  return removed === undefined ? undefined : invalid(`${removed}: Extra inputs are not permitted`);
}

function modelRefusal({ model }: JsonObject): ApiFailure | undefined {
  const isUnknown = typeof model === 'string' && (model === '' || model.startsWith('no-such-') || !serves(model, '/v1/messages'));
  return isUnknown ? new ApiFailure(404, `model: ${model}`) : undefined;
}

/** Why Anthropic refuses the parameters of a message; in a batch this becomes an errored row. */
export function anthropicRefusal(body: JsonObject, version: string, batched: boolean): ApiFailure | undefined {
  return (
    requiredRefusal(body) ??
    (batched ? batchRefusal(body) : undefined) ??
    messagesRefusal(body, version) ??
    removedRefusal(body, version) ??
    modelRefusal(body) ??
    (body['stream'] === true ? invalid('stream: the emulator does not stream; leave it out') : undefined)
  );
}
