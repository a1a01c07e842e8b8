import type { JsonObject } from '../records/record.ts';
import { anthropicVersionWithoutSampling, ruleFor, type ModelRule } from './models.ts';

/** What the rules for request bodies depend on. */
export interface BodyRules {
  readonly endpoint: string;
  readonly modelRules: readonly ModelRule[];
  /** The `anthropic-version` the requests will be sent with. */
  readonly apiVersion: string;
}

/**
 * Why a provider would refuse a request body, as one sentence; `undefined` if nothing is known against it. Works on a part of a
 * body too, so that what is the same for all records is checked before the first.
 */
export function bodyProblem(body: JsonObject, rules: BodyRules): string | undefined {
  const endpoint = plainEndpoint(rules.endpoint);
  if (body['stream'] === true) return '`stream` is not possible in a batch: leave it out.';
  if (endpoint === '/v1/messages') return messagesProblem(body, rules) ?? modelProblem(body, endpoint, rules);
  return modelProblem(body, endpoint, rules);
}

/** `/v1/chat/completions` for the spellings of compatible servers: Azure has no version in front, Zhipu `/v4`. */
function plainEndpoint(endpoint: string): string {
  return `/v1${endpoint.replace(/^\/v\d+(?=\/)/, '')}`;
}

function modelProblem(body: JsonObject, endpoint: string, { modelRules }: BodyRules): string | undefined {
  const model = body['model'];
  if (typeof model !== 'string') return undefined;
  const rule = ruleFor(model, modelRules);
  if (!rule) return undefined;
  if (!rule.endpoints.includes(endpoint)) return `the model ${model} does not serve ${endpoint}, but ${rule.endpoints.join(' and ')}.`;
  const refused = rule.refuses?.find((parameter) => isSet(body, parameter));
  if (refused !== undefined) return `the model ${model} does not take \`${refused}\`: leave it out.`;
  if (endpoint !== '/v1/chat/completions' || rule.chatLimit !== 'max_completion_tokens' || !isSet(body, 'max_tokens')) return undefined;
  return `the model ${model} takes \`max_completion_tokens\`, not \`max_tokens\`: use the option maxTokens, which knows.`;
}

function isSet(body: JsonObject, parameter: string): boolean {
  return Object.hasOwn(body, parameter) && body[parameter] !== undefined;
}

/** Anthropic finds these only while the batch runs, request by request. Source: Message Batches guide, API version notes. */
function messagesProblem(body: JsonObject, { apiVersion }: BodyRules): string | undefined {
  const removed = ['temperature', 'top_p', 'top_k'].find((parameter) => isSet(body, parameter));
  if (removed !== undefined && apiVersion >= anthropicVersionWithoutSampling) {
    const remedy = 'leave it out, or set an older `apiVersion` here and `version` in the provider';
    return `\`${removed}\` does not exist in the API version ${apiVersion}, even at its default: ${remedy}.`;
  }
  if (isSet(body, 'speed')) return '`speed` is not possible in a batch: leave it out.';
  const limit = body['max_tokens'];
  if (typeof limit === 'number' && limit < 1) return `\`max_tokens\` must be at least 1 in a batch; it is ${limit}.`;
  return hasSystemRole(body['messages']) ? 'a message with the role "system" is refused here: use the option `system`.' : undefined;
}

function hasSystemRole(messages: JsonObject[string]): boolean {
  if (!Array.isArray(messages)) return false;
  return messages.some((message) => message !== null && typeof message === 'object' && 'role' in message && message.role === 'system');
}
