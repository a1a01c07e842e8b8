import type { JsonObject, JsonValue } from '../records/record.ts';
import { isObject, isSet, type BodyError, type BodyFinding } from './body-finding.ts';

const limitNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
/** Source: OpenAI's embeddings reference. */
const maxInputs = 2048;
/** Longest vectors of the models that can shorten them. Source: OpenAI's embeddings guide. */
const maxDimensions: Readonly<Record<string, number>> = { 'text-embedding-3-large': 3072, 'text-embedding-3-small': 1536 };

/** What OpenAI refuses in the body of a request, whatever the model: in a batch, mostly as a 400 row when all has been waited for. */
export function* openaiErrors(body: JsonObject, endpoint: string): Generator<BodyFinding<BodyError>> {
  for (const name of limitNames) {
    if (isSet(body, name) && !isPositive(body[name])) {
      yield { rule: 'invalid_limit', place: [name], message: `\`${name}\` must be a whole number from 1 on; it is ${JSON.stringify(body[name])}.` };
    }
  }
  if (endpoint === '/v1/chat/completions' && isSet(body, 'messages')) yield* chatErrors(body['messages']);
  if (endpoint === '/v1/embeddings') yield* embeddingErrors(body);
}

function isPositive(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}

function* chatErrors(messages: JsonValue | undefined): Generator<BodyFinding<BodyError>> {
  if (!Array.isArray(messages)) {
    yield { rule: 'invalid_messages', place: ['messages'], message: '`messages` must be an array of messages.' };
    return;
  }
  if (messages.length === 0) yield { rule: 'invalid_messages', place: ['messages'], message: '`messages` is empty: at least one message is needed.' };
  for (const [index, message] of messages.entries()) {
    if (isObject(message) && typeof message['role'] === 'string') continue;
    yield { rule: 'invalid_messages', place: ['messages', index], message: `message ${index} has no \`role\`: a message is an object with \`role\` and \`content\`.` };
  }
}

function* embeddingErrors(body: JsonObject): Generator<BodyFinding<BodyError>> {
  const { input } = body;
  const blank = Array.isArray(input) ? input.indexOf('') : -1;
  if (input === '' || blank !== -1 || (Array.isArray(input) && input.length === 0)) {
    const place = blank === -1 ? ['input'] : ['input', blank];
    yield { rule: 'empty_input', place, message: '`input` is empty, or one of its texts is: an embedding needs a text.' };
  }
  if (Array.isArray(input) && typeof input[0] !== 'number' && input.length > maxInputs) {
    yield { rule: 'too_many_inputs', place: ['input'], message: `\`input\` has ${input.length} texts; one request may have ${maxInputs}. Split the record.` };
  }
  const model = typeof body['model'] === 'string' ? body['model'] : '';
  const most = maxDimensions[model];
  if (!isSet(body, 'dimensions') || (isPositive(body['dimensions']) && Number(body['dimensions']) <= (most ?? Infinity))) return;
  const range = most === undefined ? 'a whole number from 1 on' : `a whole number from 1 to ${most} with ${model}`;
  yield { rule: 'invalid_dimensions', place: ['dimensions'], message: `\`dimensions\` must be ${range}; it is ${JSON.stringify(body['dimensions'])}.` };
}
