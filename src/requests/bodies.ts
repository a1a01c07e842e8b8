import type { AnyValue, JsonValue, SourceRecord } from '../records/record.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import { builderFor, type EndpointShape, type Material } from './build-body.ts';
import type { PerRecord } from './compile.ts';
import { ruleFor, type ModelRule } from './models.ts';
import type { RequestBuilder } from './request.ts';

/** A parameter that is passed through untouched: a value for all records, or a function of the record. */
export type Parameter<T> = string | number | boolean | null | undefined | object | ((value: T, record: SourceRecord<T>) => unknown);

interface CommonOptions<T> {
  readonly model: PerRecord<T, string>;
  /** Further parameters of the endpoint, passed through untouched; they win over those given beside it. */
  readonly params?: PerRecord<T, Readonly<Record<string, unknown>>>;
  /** Replaces the dated list of which model takes what. @default defaultModelRules */
  readonly modelRules?: readonly ModelRule[];
  /** Any further parameter of the endpoint, passed through untouched: `temperature`, `tools`, `response_format`, `dimensions`, ... */
  readonly [parameter: string]: Parameter<T>;
}

interface SchemaOptions<Answer> {
  /**
   * What the answer must look like: a JSON Schema, or a schema of zod 4 or any other library that speaks Standard Schema. It becomes
   * `response_format`, `text.format` or `output_config.format`, and every answer is held to it again when it is here: one that does
   * not fit is `unusable`, `invalid`; of one that does, `outcome.json` is what the schema makes. A JSON Schema is sent as it stands
   * (Anthropic: bounds as words in the descriptions); one of a library is closed for strict mode first. What the provider would
   * refuse is an `invalid_request` with its place.
   */
  readonly schema?: SchemaSource<Answer>;
  /** The schema's name in the request (OpenAI): 1 to 64 letters, digits, `_` or `-`. @default its `title`, else `answer` */
  readonly schemaName?: string;
  /** Whether OpenAI holds the model to the schema (`strict`), for which all properties must be required. Anthropic always does. @default true */
  readonly strictSchema?: boolean;
}

/** Options of {@link chat}. Give `prompt` or `messages`. Plain texts in them and in `system` are `{{field}}` templates. */
export interface ChatOptions<T, Answer = JsonValue> extends CommonOptions<T>, SchemaOptions<Answer> {
  /** The user's message. */
  readonly prompt?: PerRecord<T, string>;
  readonly messages?: PerRecord<T, readonly object[]>;
  /** Put before the messages. */
  readonly system?: PerRecord<T, string | undefined>;
  /** Most tokens to answer with, sent under the name the model wants. Left out, the model decides. */
  readonly maxTokens?: PerRecord<T, number | undefined>;
}

/** Options of {@link responses}. Give `prompt`, `messages` or `input`. Plain texts in them and in `system` are `{{field}}` templates. */
export interface ResponsesOptions<T, Answer = JsonValue> extends ChatOptions<T, Answer> {
  readonly input?: PerRecord<T, string | readonly unknown[]>;
}

/** Options of {@link embeddings} and {@link moderations}. Give `input` or `prompt`; plain texts are `{{field}}` templates. */
export interface InputOptions<T> extends CommonOptions<T> {
  readonly input?: PerRecord<T, string | readonly unknown[]>;
  readonly prompt?: PerRecord<T, string>;
}

/** Options of {@link completions}. A plain `prompt` is a `{{field}}` template. */
export interface CompletionsOptions<T> extends CommonOptions<T> {
  readonly prompt: PerRecord<T, string>;
  readonly maxTokens?: PerRecord<T, number | undefined>;
}

/** Options of {@link messages}. Give `prompt` or `messages`. Plain texts in them and in `system` are `{{field}}` templates. */
export interface MessagesOptions<T, Answer = JsonValue> extends CommonOptions<T>, SchemaOptions<Answer> {
  /** The user's message. */
  readonly prompt?: PerRecord<T, string>;
  readonly messages?: PerRecord<T, readonly object[]>;
  /** A text, or blocks with `cache_control`. */
  readonly system?: PerRecord<T, string | readonly object[] | undefined>;
  /** Most tokens to answer with; Anthropic needs a limit. @default 4096 */
  readonly maxTokens?: PerRecord<T, number | undefined>;
  /** The `anthropic-version` the requests are sent with; it decides which parameters exist. @default '2026-10-21' */
  readonly apiVersion?: string;
}

/**
 * Builds requests for `/v1/chat/completions`.
 *
 * @example
 * chat({ model: 'gpt-5-mini', system: 'Answer in one word.', prompt: (review: Review) => `Positive or negative? ${review.text}` });
 * chat({ model: 'gpt-4o-mini', prompt: 'Translate: {{text}}', temperature: 0, maxTokens: 200 });
 * chat({ model: 'gpt-5-mini', prompt: 'Judge: {{text}}', schema: z.object({ label: z.enum(['good', 'bad']), stars: z.number() }) });
 */
export function chat<T = AnyValue, Answer = JsonValue>(options: ChatOptions<T, Answer>): RequestBuilder<T, Answer> {
  return builderFor(chatShape, options);
}

/** Builds requests for `/v1/responses`: `system` becomes `instructions`, `maxTokens` `max_output_tokens`. */
export function responses<T = AnyValue, Answer = JsonValue>(options: ResponsesOptions<T, Answer>): RequestBuilder<T, Answer> {
  return builderFor(responsesShape, options);
}

/** Builds requests for `/v1/embeddings`. An `input` of several texts counts as that many inputs of a batch. */
export function embeddings<T = AnyValue>(options: InputOptions<T>): RequestBuilder<T> {
  return builderFor(inputShape('embeddings', '/v1/embeddings'), options);
}

/** Builds requests for `/v1/completions`, for models that are not chat models. */
export function completions<T = AnyValue>(options: CompletionsOptions<T>): RequestBuilder<T> {
  return builderFor(completionsShape, options);
}

/** Builds requests for `/v1/moderations`. */
export function moderations<T = AnyValue>(options: InputOptions<T>): RequestBuilder<T> {
  return builderFor(inputShape('moderations', '/v1/moderations'), options);
}

/**
 * Builds requests for Anthropic's `/v1/messages`.
 *
 * @example
 * messages({ model: 'claude-haiku-4-5', maxTokens: 64, prompt: 'Which genre is {{Title}} ({{Release_Date}})? One word.' });
 */
export function messages<T = AnyValue, Answer = JsonValue>(options: MessagesOptions<T, Answer>): RequestBuilder<T, Answer> {
  return builderFor(messagesShape, options);
}

const chatShape: EndpointShape = {
  name: 'chat',
  endpoint: '/v1/chat/completions',
  inputs: ['prompt', 'messages'],
  takesSystem: true,
  limitName: (model, rules) => ruleFor(model, rules)?.chatLimit ?? 'max_tokens',
  assemble: (material) => ({
    messages: [...(material.system === undefined ? [] : [{ role: 'system', content: material.system }]), ...messagesOf(material)],
  }),
};

const responsesShape: EndpointShape = {
  name: 'responses',
  endpoint: '/v1/responses',
  inputs: ['prompt', 'messages', 'input'],
  takesSystem: true,
  limitName: () => 'max_output_tokens',
  assemble: ({ input, system }) => ({ ...(system !== undefined && { instructions: system }), input }),
};

const completionsShape: EndpointShape = {
  name: 'completions',
  endpoint: '/v1/completions',
  inputs: ['prompt'],
  takesSystem: false,
  limitName: () => 'max_tokens',
  assemble: ({ input }) => ({ prompt: input }),
};

const messagesShape: EndpointShape = {
  name: 'messages',
  endpoint: '/v1/messages',
  inputs: ['prompt', 'messages'],
  takesSystem: true,
  limitName: () => 'max_tokens',
  defaultLimit: 4096,
  assemble: (material) => ({
    ...(material.system !== undefined && { system: material.system }),
    messages: messagesOf(material),
  }),
};

function inputShape(name: string, endpoint: string): EndpointShape {
  return { name, endpoint, inputs: ['input', 'prompt'], takesSystem: false, assemble: ({ input }) => ({ input }) };
}

function messagesOf({ input, word }: Material): unknown[] {
  return word === 'messages' && Array.isArray(input) ? input : [{ role: 'user', content: input }];
}
