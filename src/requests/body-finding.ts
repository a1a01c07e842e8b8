import type { JsonObject } from '../records/record.ts';
import type { ModelRule } from './models.ts';

/** What the rules for request bodies depend on. */
export interface BodyRules {
  readonly endpoint: string;
  readonly modelRules: readonly ModelRule[];
  /** The `anthropic-version` the requests will be sent with. */
  readonly apiVersion: string;
}

/** Names of the rules that a request body is refused by. */
export type BodyError =
  | 'missing_parameter'
  | 'streaming'
  | 'unsupported_parameter'
  | 'wrong_endpoint'
  | 'invalid_limit'
  | 'invalid_messages'
  | 'system_role'
  | 'unsupported_block'
  | 'empty_input'
  | 'too_many_inputs'
  | 'invalid_dimensions';

/** Names of the rules for what is doubtful in a body, but not refused for certain. */
export type BodyWarning = 'unknown_model' | 'unknown_parameter' | 'empty_prompt' | 'context_overflow';

/** Where in a JSON value something is: `['messages', 0, 'role']`. */
export type JsonPlace = readonly (string | number)[];

/** What a rule has against a request body. */
export interface BodyFinding<Rule extends BodyError | BodyWarning = BodyError | BodyWarning> {
  readonly rule: Rule;
  /** Where in the body; empty for the body as a whole. */
  readonly place: JsonPlace;
  /** What is wrong and what to do, as one sentence that begins in lower case. */
  readonly message: string;
}

/** True for a parameter that is there at all, whatever its value. */
export function isGiven(body: JsonObject, parameter: string): boolean {
  return Object.hasOwn(body, parameter) && body[parameter] !== undefined;
}

/** True for a parameter with a value; OpenAI takes `null` for one that was left out. */
export function isSet(body: JsonObject, parameter: string): boolean {
  return isGiven(body, parameter) && body[parameter] !== null;
}

/** Tells JSON objects from arrays, `null` and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
