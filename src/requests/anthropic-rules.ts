import type { JsonObject, JsonValue } from '../records/record.ts';
import { isGiven, isObject, type BodyError, type BodyFinding, type BodyRules, type JsonPlace } from './body-finding.ts';
import { anthropicVersionWithoutSampling } from './models.ts';

const removedParameters = ['temperature', 'top_p', 'top_k'];

/** What Anthropic refuses in `params`: found only while the batch runs, request by request. Source: Message Batches guide, API version notes. */
export function* messagesErrors(body: JsonObject, { apiVersion }: BodyRules): Generator<BodyFinding<BodyError>> {
  const isNew = apiVersion >= anthropicVersionWithoutSampling;
  for (const parameter of isNew ? removedParameters : []) {
    if (!isGiven(body, parameter)) continue;
    const remedy = 'leave it out, or send it with an older version (`apiVersion` of the builder and `version` of the provider)';
    yield error('unsupported_parameter', [parameter], `\`${parameter}\` does not exist in the API version ${apiVersion}, even at its default: ${remedy}.`);
  }
  if (isGiven(body, 'speed')) yield error('unsupported_parameter', ['speed'], '`speed` is not possible in a batch: leave it out.');
  const { billing_policy: billing } = body;
  if (isObject(billing) && billing['bill_to'] === 'user_profile') {
    yield error('unsupported_parameter', ['billing_policy', 'bill_to'], '`billing_policy` cannot bill a user profile in a batch: leave it out.');
  }
  yield* limitErrors(body);
  if (isGiven(body, 'messages') && body['messages'] !== null) yield* conversationErrors(body['messages'], isNew);
}

function error(rule: BodyError, place: JsonPlace, message: string): BodyFinding<BodyError> {
  return { rule, place, message };
}

function* limitErrors(body: JsonObject): Generator<BodyFinding<BodyError>> {
  const { max_tokens: limit } = body;
  if (limit === undefined || limit === null || (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1)) return;
  yield error('invalid_limit', ['max_tokens'], `\`max_tokens\` must be at least 1 in a batch, and a whole number; it is ${JSON.stringify(limit)}.`);
}

function* conversationErrors(messages: JsonValue | undefined, isNew: boolean): Generator<BodyFinding<BodyError>> {
  if (!Array.isArray(messages)) {
    yield error('invalid_messages', ['messages'], '`messages` must be an array of messages.');
    return;
  }
  if (messages.length === 0) yield error('invalid_messages', ['messages'], '`messages` is empty: at least one message is needed.');
  for (const [index, message] of messages.entries()) yield* messageErrors(message, ['messages', index], isNew);
}

function* messageErrors(message: JsonValue, place: JsonPlace, isNew: boolean): Generator<BodyFinding<BodyError>> {
  const { role, content } = isObject(message) ? message : {};
  if (role === 'system') {
    yield error('system_role', [...place, 'role'], 'a message with the role "system" is refused here: put its text into `system`.');
    return;
  }
  if (role !== 'user' && role !== 'assistant') {
    yield error('invalid_messages', role === undefined ? place : [...place, 'role'], `the role of a message must be "user" or "assistant"; it is ${JSON.stringify(role) ?? 'missing'}.`);
    return;
  }
  if (content === undefined) yield error('invalid_messages', place, 'a message needs `content`.');
  if (!isNew || !Array.isArray(content)) return;
  for (const [index, block] of content.entries()) {
    const what = removedBlock(block, role);
    if (what !== undefined) yield error('unsupported_block', [...place, 'content', index], `${what} does not exist since the API version ${anthropicVersionWithoutSampling}: take it out.`);
  }
}

function removedBlock(block: JsonValue, role: 'user' | 'assistant'): string | undefined {
  if (!isObject(block)) return undefined;
  if (role === 'assistant') return block['type'] === 'document' ? 'a document in a message of the assistant' : undefined;
  const { type, citations } = block;
  return type === 'text' && Array.isArray(citations) && citations.length > 0 ? 'a text of the user with `citations`' : undefined;
}
