import type { JsonObject, JsonValue } from '../records/record.ts';

/** What of a request body becomes tokens, and what limits its answer. */
export interface RequestContent {
  readonly model: string;
  /** Texts that the model reads, roles and names of a chat included. */
  readonly texts: readonly string[];
  /** Turns of the conversation; 0 where the endpoint has none. */
  readonly messages: number;
  /** Inputs that came as token numbers. */
  readonly tokens: number;
  /** JSON of tools, schemas and whatever else is rendered into the prompt in a way that is not documented. */
  readonly extras: readonly string[];
  readonly images: number;
  /** True if part of the input is not in the request: a file, a stored conversation, the findings of a hosted tool. */
  readonly isOpenEnded: boolean;
  /** Most tokens of all its answers together; 0 where the endpoint writes none, `undefined` where nothing limits them. */
  readonly outputLimit: number | undefined;
  /** How long its prompt is cached for where it says so. */
  readonly caches: '5m' | '1h' | undefined;
}

type Found = { -readonly [Key in keyof Pick<RequestContent, 'messages' | 'tokens' | 'images' | 'isOpenEnded'>]: RequestContent[Key] } & {
  readonly texts: string[];
  readonly extras: string[];
  /** True where roles and names are tokens of their own. */
  readonly isChat: boolean;
};

/** Fields of a body that the model reads as text, whatever the endpoint. */
const contentFields = ['system', 'instructions', 'messages', 'input', 'prompt', 'suffix'] as const;
/** Fields that are rendered into the prompt. */
const extraFields = ['tools', 'functions', 'response_format', 'text', 'output_format', 'output_config'] as const;
/** Parts of a conversation that lie at the provider. */
const storedFields = ['previous_response_id', 'conversation', 'container', 'mcp_servers'] as const;
const outputLimits = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/**
 * Takes a request body apart, for any endpoint. Pure.
 *
 * @param json the body as JSON text, or a text that holds it, where it is at hand
 */
export function contentOf(endpoint: string, body: JsonObject, json: string = JSON.stringify(body)): RequestContent {
  const found: Found = { texts: [], extras: [], messages: 0, tokens: 0, images: 0, isOpenEnded: false, isChat: endpoint.endsWith('/chat/completions') };
  for (const field of contentFields) read(body[field], found);
  for (const field of extraFields) if (body[field] !== undefined && body[field] !== null) found.extras.push(JSON.stringify(body[field]));
  const { isChat: _isChat, ...content } = found;
  return {
    ...content,
    model: typeof body['model'] === 'string' ? body['model'] : '',
    isOpenEnded: found.isOpenEnded || storedFields.some((field) => body[field] !== undefined && body[field] !== null) || hasHostedTool(body['tools']),
    outputLimit: outputLimitOf(endpoint, body),
    caches: cachingIn(json),
  };
}

/** Reads text, a list, a message or one part of a message. */
function read(value: JsonValue | undefined, found: Found): void {
  if (typeof value === 'string') found.texts.push(value);
  else if (typeof value === 'number') found.tokens += 1;
  else if (Array.isArray(value)) for (const item of value) read(item, found);
  else if (isObject(value)) readObject(value, found);
}

function readObject(value: JsonObject, found: Found): void {
  const type = typeof value['type'] === 'string' ? value['type'] : '';
  if (/image/.test(type)) found.images += 1;
  else if (/audio|file|document|video|reference/.test(type)) found.isOpenEnded = true;
  else readPart(value, found);
}

function readPart({ role, name, type: _type, text, content, cache_control: _cache, ...rest }: JsonObject, found: Found): void {
  if (role !== undefined) {
    found.messages += 1;
    // A name stands in the place of the role (`<|im_start|>name<|im_sep|>`), as gpt-tokenizer has it.
    if (found.isChat) read(typeof name === 'string' ? name : role, found);
  }
  read(text, found);
  read(content ?? undefined, found);
  if (Object.keys(rest).length > 0) found.extras.push(JSON.stringify(rest));
}

/** Tools that the provider runs read as much as they like into the prompt. */
function hasHostedTool(tools: JsonValue | undefined): boolean {
  return Array.isArray(tools) && tools.some((tool) => isObject(tool) && tool['type'] !== undefined && tool['type'] !== 'function' && tool['type'] !== 'custom');
}

/** Reasoning counts towards the limit. Chat and completions may ask for several answers, each with the whole limit. */
function outputLimitOf(endpoint: string, body: JsonObject): number | undefined {
  if (/\/(embeddings|moderations)$/.test(endpoint)) return 0;
  const limit = outputLimits.map((name) => body[name]).find((value) => typeof value === 'number');
  const answers = Math.max(1, ...[body['n'], body['best_of']].filter((count) => typeof count === 'number'));
  return typeof limit === 'number' ? limit * answers : undefined;
}

/** In JSON text a quote inside a string is escaped, so what matches is a key, not content. */
function cachingIn(json: string): RequestContent['caches'] {
  if (!json.includes('"cache_control":')) return undefined;
  return json.includes('"ttl":"1h"') ? '1h' : '5m';
}

const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
