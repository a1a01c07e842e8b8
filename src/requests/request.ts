import type { AnyValue, JsonObject, JsonValue, SourceRecord } from '../records/record.ts';
import type { Field } from './field.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import type { BodyFinding } from './body-finding.ts';

/** One call to make. `index` is the index of the source record it was built from. */
export interface BatchRequest {
  readonly index: number;
  /** The user's id of the record; see `wireId`. */
  readonly customId: string;
  /** The id that goes on the wire as `custom_id`, where it differs: the user's id would be refused, or the run tags its ids. */
  readonly wireId?: string;
  /** Path of the provider's endpoint, e.g. `/v1/chat/completions`. */
  readonly endpoint: string;
  readonly body: JsonObject;
  /** 1-based source line, for messages. */
  readonly line?: number;
}

/** The `custom_id` that goes on the wire. */
export function wireIdOf(request: BatchRequest): string {
  return request.wireId ?? request.customId;
}

/** What texts may be put into a body without a rule or a warning about it. */
export interface TextRoom {
  readonly bytes: number;
  readonly takesBlank: boolean;
}

/**
 * The bodies of a builder as JSON text: what is the same for all records is printed once, and only the rest is escaped and put between.
 * For builds of many records; a builder without one is asked for each body, which is then printed.
 */
export interface CompiledBody<T = AnyValue> {
  /** The function whose bodies these are. A builder made of another one by giving it a `build` of its own has no compiled form. */
  readonly build: (value: T, record: SourceRecord<T>) => JsonObject;
  /** The `model` of every body. */
  readonly model: string;
  /** The `input` of every body, with placeholders for what differs: of embeddings, its shape says how many inputs a request counts for. */
  readonly input: JsonValue | undefined;
  /**
   * The JSON text of `build(value, record)`; or the body itself, where that of this record cannot be put together from texts.
   * Throws what `build` throws. Functions of the user are called once.
   */
  print(value: T, record: SourceRecord<T>): string | JsonObject;
  /**
   * Where bodies differ in nothing but fields: the text before, between and behind them. Each stands inside a JSON string. It lets
   * requests be made of the bytes of a source, without records.
   */
  readonly pieces?: { readonly texts: readonly string[]; readonly fields: readonly Field[] };
  /** How many bytes of UTF-8 the texts put in may have in all, and whether each may be blank, before a body has to be looked at as a whole. */
  readonly room: TextRoom;
}

/**
 * Builds the body of a request from a record. `chat`, `responses`, `embeddings`, `completions`, `moderations` and
 * `messages` make one; any object of this shape will do. `Answer` is what its schema makes of an answer.
 */
export interface RequestBuilder<T = AnyValue, Answer = JsonValue> {
  readonly endpoint: string;
  /** The JSON body for one record. What it throws rejects that record with `template_error`, not the run. */
  build(value: T, record: SourceRecord<T>): JsonObject;
  /** Field paths that templates name, for a check against the header of a CSV source before anything is built. */
  readonly fields?: readonly string[];
  /** A plain description of the job (model, template text, parameters, source text of functions): a changed job is not resumed. */
  readonly description?: JsonObject;
  /** What answers must look like: each is held to it when it is here, and its type is that of `outcome.json`. */
  readonly schema?: SchemaSource<Answer>;
  /** What is doubtful about this request definition. The list grows where records bring something new, e.g. a model never seen. */
  readonly warnings?: readonly string[];
  /** The same bodies as text, where that can be told ahead. Optional: it saves time, and changes nothing. */
  readonly compiled?: CompiledBody<T>;
  /** What is doubtful about a body that it built, for `lint`. */
  warningsFor?(body: JsonObject): Iterable<BodyFinding>;
  /** Those that differ with the record and are not in `warnings`: while a run is built, the first of each kind is told. */
  promptWarningsFor?(body: JsonObject): Iterable<BodyFinding>;
}

/** The compiled form of a builder, if it has one that is its own. */
export function compiledOf<T>({ build, compiled }: Pick<RequestBuilder<T>, 'build' | 'compiled'>): CompiledBody<T> | undefined {
  return compiled?.build === build ? compiled : undefined;
}
