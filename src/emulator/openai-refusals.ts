import { ApiFailure } from './failure.ts';
import { isObject, stringMember, type Json, type JsonObject } from './json.ts';
import { mostDimensions, serves } from './models.ts';

/** gpt-5 and later, and the o-series: other output limit, no sampling parameters (openai-batch reference, 3.1). */
const REASONING = /^(ft:)?(gpt-([5-9]|[1-9]\d)(?!\d)|o[1-9](-|$))/;
const NOT_WITH_REASONING = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];
const LIMIT_NAMES = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
const MAX_EMBEDDING_INPUTS = 2048;

/** The field without which each endpoint refuses a request. */
const required: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'messages',
  '/v1/responses': 'input',
  '/v1/embeddings': 'input',
  '/v1/completions': 'prompt',
  '/v1/moderations': 'input',
};

function refuse(param: string, message: string, code: string | undefined): ApiFailure {
  return new ApiFailure(400, message, { param, ...(code === undefined ? {} : { code }) });
}

function requiredRefusal(endpoint: string, body: JsonObject): ApiFailure | undefined {
  const isOptional = endpoint === '/v1/moderations' && (body['model'] ?? null) === null;
  if (!isOptional && (stringMember(body, 'model') ?? '') === '') {
    return new ApiFailure(400, 'you must provide a model parameter');
  }
  const name = required[endpoint];
  if (name === undefined || (body[name] !== undefined && body[name] !== null)) return undefined;
  return refuse(name, `Missing required parameter: '${name}'.`, 'missing_required_parameter');
}

function modelRefusal(endpoint: string, { model }: JsonObject): ApiFailure | undefined {
  if (typeof model !== 'string') return undefined;
  if (!serves(model, endpoint)) return new ApiFailure(404, `The model '${model}' is not supported in the ${endpoint} endpoint.`, { param: 'model', code: 'model_not_found' });
  if (!model.startsWith('no-such-')) return undefined;
  return new ApiFailure(404, `The model '${model}' does not exist or you do not have access to it.`, { code: 'model_not_found' });
}

function parameterRefusal(endpoint: string, body: JsonObject): ApiFailure | undefined {
  const model = stringMember(body, 'model') ?? '';
  if (body['stream'] === true) return refuse('stream', 'The emulator does not stream: leave `stream` out.', 'unsupported_value');
  if (!REASONING.test(model)) return undefined;
  if (endpoint === '/v1/chat/completions' && body['max_tokens'] !== undefined && body['max_tokens'] !== null) {
    const message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    return refuse('max_tokens', message, 'unsupported_parameter');
  }
  const param = NOT_WITH_REASONING.find((name) => body[name] !== undefined && body[name] !== null);
  return param === undefined ? undefined : refuse(param, `Unsupported parameter: '${param}' is not supported with this model.`, 'unsupported_parameter');
}

function limitRefusal(body: JsonObject): ApiFailure | undefined {
  for (const name of LIMIT_NAMES) {
    const limit = body[name];
    if (limit === undefined || limit === null || (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1)) continue;
    return refuse(name, `Invalid '${name}': expected an integer of at least 1, but got ${JSON.stringify(limit)} instead.`, 'integer_below_min_value');
  }
  return undefined;
}

function messagesRefusal(endpoint: string, { messages }: JsonObject): ApiFailure | undefined {
  if (endpoint !== '/v1/chat/completions') return undefined;
  if (!Array.isArray(messages)) return refuse('messages', "Invalid type for 'messages': expected an array of objects.", 'invalid_type');
  if (messages.length === 0) return refuse('messages', "Invalid 'messages': empty array. Expected an array with minimum length 1.", 'empty_array');
  const odd = messages.findIndex((message) => !isObject(message) || typeof message['role'] !== 'string');
  return odd === -1 ? undefined : refuse(`messages[${odd}].role`, `Missing required parameter: 'messages[${odd}].role'.`, 'missing_required_parameter');
}

function isEmptyInput(input: Json | undefined): boolean {
  if (Array.isArray(input)) return input.length === 0 || input.some((part) => part === '');
  return input === '';
}

function embeddingRefusal(endpoint: string, { input, model, dimensions }: JsonObject): ApiFailure | undefined {
  if (endpoint !== '/v1/embeddings') return undefined;
  if (isEmptyInput(input)) return refuse('input', "Invalid 'input': input cannot be an empty string or an empty array.", undefined);
  if (Array.isArray(input) && typeof input[0] !== 'number' && input.length > MAX_EMBEDDING_INPUTS) {
    return refuse('input', `Invalid 'input': at most ${MAX_EMBEDDING_INPUTS} inputs in one request.`, 'array_above_max_length');
  }
  if (dimensions === undefined || dimensions === null) return undefined;
  const most = mostDimensions(typeof model === 'string' ? model : '');
  if (typeof dimensions === 'number' && Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= most) return undefined;
  return refuse('dimensions', `Invalid value for 'dimensions' = ${JSON.stringify(dimensions)}. Must be an integer from 1 to ${most}.`, undefined);
}

/** Why OpenAI refuses a request body; in a batch this becomes a 400 row. */
export function openaiRefusal(endpoint: string, body: JsonObject): ApiFailure | undefined {
  return (
    requiredRefusal(endpoint, body) ??
    modelRefusal(endpoint, body) ??
    messagesRefusal(endpoint, body) ??
    parameterRefusal(endpoint, body) ??
    limitRefusal(body) ??
    embeddingRefusal(endpoint, body)
  );
}
