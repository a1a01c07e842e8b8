import { chat, completions, embeddings, InputError, messages, moderations, responses, type JsonValue, type RequestBuilder, type SchemaSource } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { readMessages } from './messages.ts';
import { providerName } from './provider.ts';
import { readSchema } from './schema.ts';

const defaultModels = {
  chat: 'gpt-5-mini',
  responses: 'gpt-5-mini',
  embeddings: 'text-embedding-3-small',
  completions: 'gpt-3.5-turbo-instruct',
  moderations: 'omni-moderation-latest',
  messages: 'claude-haiku-4-5',
} as const;

type EndpointName = keyof typeof defaultModels;
type Prompt = NonNullable<FlagValues['prompt']>;

/** The request definition that the flags spell. */
export function requestFrom(flags: FlagValues): RequestBuilder {
  const endpoint = flags.endpoint ?? (providerName(flags) === 'anthropic' ? 'messages' : 'chat');
  const name = endpointNames[endpoint];
  checkEndpoint(endpoint, name, flags);
  if (name !== undefined) return named(name, flags);
  if (flags.schema !== undefined) throw new InputError('invalid_option', `--schema is for chat, responses and messages, not ${endpoint}.`);
  return customEndpoint(endpoint, flags);
}

const endpointNames: Readonly<Record<string, EndpointName | undefined>> = {
  chat: 'chat',
  '/v1/chat/completions': 'chat',
  responses: 'responses',
  '/v1/responses': 'responses',
  embeddings: 'embeddings',
  '/v1/embeddings': 'embeddings',
  completions: 'completions',
  '/v1/completions': 'completions',
  moderations: 'moderations',
  '/v1/moderations': 'moderations',
  messages: 'messages',
  '/v1/messages': 'messages',
};

/** The path of an endpoint that is given by its short name or as a path. */
export function endpointPath(endpoint: string): string {
  const name = endpointNames[endpoint];
  const path = Object.entries(endpointNames).find(([key, value]) => key.startsWith('/') && value === name)?.[0];
  if (name !== undefined && path !== undefined) return path;
  if (endpoint.startsWith('/')) return endpoint;
  throw unknownEndpoint(endpoint);
}

function unknownEndpoint(endpoint: string): InputError {
  return new InputError('invalid_option', `--endpoint ${endpoint} is not known. Use ${Object.keys(defaultModels).join(', ')}, or a path such as /v1/images/generations.`);
}

/** The wrong endpoint would be refused only once its batch was made, request by request. */
function checkEndpoint(endpoint: string, name: EndpointName | undefined, flags: FlagValues): void {
  const isAnthropic = providerName(flags) === 'anthropic';
  if (isAnthropic === (name === 'messages')) return;
  throw new InputError(
    'invalid_option',
    isAnthropic ? `--endpoint ${endpoint} is not one of Anthropic, whose batches take messages only.` : `--endpoint ${endpoint} is one of Anthropic: leave out --provider openai.`,
  );
}

function named(name: EndpointName, flags: FlagValues): RequestBuilder {
  const { model = defaultModels[name], system, maxTokens, param, apiVersion } = flags;
  const common = { model, ...(param === undefined ? {} : { params: param }) };
  const limit = maxTokens === undefined ? {} : { maxTokens };
  const talk = { ...common, ...limit, ...askOf(flags), ...schemaFrom(name, flags), ...(system === undefined ? {} : { system }) };
  switch (name) {
    case 'chat':
      return chat(talk);
    case 'responses':
      return responses(talk);
    case 'messages':
      return messages({ ...talk, ...(apiVersion === undefined ? {} : { apiVersion }) });
    case 'completions':
      return completions({ ...common, ...limit, prompt: promptOf(flags) });
    case 'embeddings':
      return embeddings({ ...common, input: promptOf(flags) });
    case 'moderations':
      return moderations({ ...common, input: promptOf(flags) });
  }
}

/** Endpoints without a builder of their own, such as images: the prompt and the parameters are the body. */
function customEndpoint(endpoint: string, flags: FlagValues): RequestBuilder {
  if (!endpoint.startsWith('/')) throw unknownEndpoint(endpoint);
  if (flags.model === undefined) throw new InputError('invalid_option', `--endpoint ${endpoint} needs --model.`);
  const { model, param = {} } = flags;
  // A completion body is a model, a prompt and parameters: what these endpoints take as well.
  return { ...completions({ model, params: param, prompt: promptOf(flags) }), endpoint };
}

/** The schema that the flags name, for the endpoints whose answers are text. */
function schemaFrom(name: EndpointName, { schema, strictSchema = true }: FlagValues): { schema?: SchemaSource<JsonValue>; strictSchema?: false } {
  if (schema === undefined && strictSchema) return {};
  if (schema === undefined) throw new InputError('invalid_option', '--no-strict-schema is about --schema: give that too.');
  if (!['chat', 'responses', 'messages'].includes(name)) throw new InputError('invalid_option', `--schema is for chat, responses and messages, not ${name}.`);
  return { schema: readSchema(schema), ...(strictSchema ? {} : { strictSchema }) };
}

function askOf(flags: FlagValues): { prompt: Prompt } | { messages: Exclude<FlagValues['messages'], string | undefined> } {
  if (flags.messages === undefined) return { prompt: promptOf(flags) };
  if (flags.prompt !== undefined) throw new InputError('invalid_option', 'Give --prompt or --messages, not both.');
  return { messages: typeof flags.messages === 'string' ? readMessages(flags.messages) : flags.messages };
}

function promptOf({ prompt, messages }: FlagValues): Prompt {
  if (prompt !== undefined) return prompt;
  throw new InputError('invalid_option', messages === undefined ? "--prompt is needed, such as --prompt 'Classify: {{text}}'." : 'This endpoint takes --prompt, not --messages.');
}
