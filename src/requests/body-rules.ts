import type { JsonObject } from '../records/record.ts';
import { messagesErrors } from './anthropic-rules.ts';
import { isGiven, isSet, type BodyError, type BodyFinding, type BodyRules } from './body-finding.ts';
import { ruleFor } from './models.ts';
import { openaiErrors } from './openai-rules.ts';

/** What each endpoint cannot do without, beside the model. Endpoints that are not listed are not checked for it. */
const required: Readonly<Record<string, readonly string[]>> = {
  '/v1/chat/completions': ['messages'],
  '/v1/responses': ['input'],
  '/v1/embeddings': ['input'],
  '/v1/completions': ['prompt'],
  '/v1/moderations': ['input'],
  '/v1/messages': ['max_tokens', 'messages'],
};

/**
 * Everything for which a provider is known to refuse a request body. The one set of these rules: builders ask it while a run
 * is built, `lint` asks it of files that any tool made. Sources: the tables of the batch guides, cited at each rule.
 */
export function* bodyErrors(body: JsonObject, rules: BodyRules): Generator<BodyFinding<BodyError>> {
  yield* missingParameters(body, plainEndpoint(rules.endpoint));
  yield* errorsInPart(body, rules);
}

/** The first of {@link bodyErrors}. */
export function bodyError(body: JsonObject, rules: BodyRules): BodyFinding<BodyError> | undefined {
  const { value, done } = bodyErrors(body, rules).next();
  return done === true ? undefined : value;
}

/** The same for a part of a body, where nothing counts as missing: what is the same for all records is checked before the first. */
export function partError(body: JsonObject, rules: BodyRules): BodyFinding<BodyError> | undefined {
  const { value, done } = errorsInPart(body, rules).next();
  return done === true ? undefined : value;
}

function* errorsInPart(body: JsonObject, rules: BodyRules): Generator<BodyFinding<BodyError>> {
  const endpoint = plainEndpoint(rules.endpoint);
  if (body['stream'] === true) yield { rule: 'streaming', place: ['stream'], message: '`stream` is not possible in a batch: leave it out.' };
  yield* endpoint === '/v1/messages' ? messagesErrors(body, rules) : openaiErrors(body, endpoint);
  yield* modelErrors(body, endpoint, rules);
}

/** `/v1/chat/completions` for the spellings of compatible servers: Azure has no version in front, Zhipu `/v4`. None stays none. */
export function plainEndpoint(endpoint: string): string {
  return endpoint === '' || endpoint.startsWith('/v1/') ? endpoint : `/v1${endpoint.replace(/^\/v\d+(?=\/)/, '')}`;
}

function* missingParameters(body: JsonObject, endpoint: string): Generator<BodyFinding<BodyError>> {
  const { model } = body;
  // Moderations have a default model. Source: OpenAI batch guide; table 7.2 of published validation errors.
  if ((typeof model !== 'string' || model === '') && !(endpoint === '/v1/moderations' && !isSet(body, 'model'))) {
    yield { rule: 'missing_parameter', place: isGiven(body, 'model') ? ['model'] : [], message: 'the body needs a `model`: its name as text.' };
  }
  for (const parameter of required[endpoint] ?? []) {
    if (!isSet(body, parameter)) yield { rule: 'missing_parameter', place: [], message: `${endpoint} needs \`${parameter}\`: add it to the body.` };
  }
}

function* modelErrors(body: JsonObject, endpoint: string, { modelRules }: BodyRules): Generator<BodyFinding<BodyError>> {
  const { model } = body;
  const rule = typeof model === 'string' ? ruleFor(model, modelRules) : undefined;
  if (!rule || typeof model !== 'string') return;
  if (endpoint !== '' && !rule.endpoints.includes(endpoint)) {
    yield { rule: 'wrong_endpoint', place: ['model'], message: `the model ${model} does not serve ${endpoint}, but ${rule.endpoints.join(' and ')}.` };
  }
  for (const parameter of rule.refuses ?? []) {
    if (isSet(body, parameter)) yield { rule: 'unsupported_parameter', place: [parameter], message: `the model ${model} does not take \`${parameter}\`: leave it out.` };
  }
  if (endpoint === '/v1/chat/completions' && rule.chatLimit === 'max_completion_tokens' && isSet(body, 'max_tokens')) {
    const message = `the model ${model} takes \`max_completion_tokens\`, not \`max_tokens\`: rename it (the option maxTokens knows).`;
    yield { rule: 'unsupported_parameter', place: ['max_tokens'], message };
  }
}
