import type { AnyValue, JsonObject, JsonValue, SourceRecord } from '../records/record.ts';
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
  /** What is doubtful about a body that it built, for `lint`. */
  warningsFor?(body: JsonObject): Iterable<BodyFinding>;
  /** Those that differ with the record and are not in `warnings`: while a run is built, the first of each kind is told. */
  promptWarningsFor?(body: JsonObject): Iterable<BodyFinding>;
}
