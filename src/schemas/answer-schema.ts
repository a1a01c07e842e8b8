import { InputError, messageOf } from '../errors.ts';
import type { JsonObject, JsonValue } from '../records/record.ts';
import { describeIssues, issueOf, type Issue } from './issues.ts';
import { compileJsonSchema } from './json-validator.ts';
import { topLevelFields } from './schema-fields.ts';
import { isStandardSchema, type JsonSchema, type SchemaSource, type StandardSchema } from './standard-schema.ts';

/** What a schema made of an answer: the value, or what is wrong with it and where. */
export type Reading = { readonly value: unknown } | { readonly message: string; readonly path: string };

/** A schema, ready for use. */
export interface AnswerSchema {
  /** True for a JSON Schema of the user's own: it is sent as it stands. */
  readonly isJsonSchema: boolean;
  /** Top-level fields of what it makes of an answer; empty where they are not known before. */
  readonly fields: readonly string[];
  /** Holds a value against the schema. @throws InputError `invalid_option` for a schema that checks asynchronously */
  read(value: JsonValue): Reading;
  /** The JSON Schema of what the model shall write. @throws InputError `invalid_option` where the library gives none */
  jsonSchema(): JsonObject;
}

const known = new WeakMap<object, AnswerSchema>();

/**
 * The schema of an option, compiled once for each object given.
 *
 * @throws InputError `invalid_option` for what is no schema
 */
export function answerSchemaOf(source: SchemaSource): AnswerSchema {
  if ((typeof source !== 'object' && typeof source !== 'function') || source === null || Array.isArray(source)) {
    throw new InputError('invalid_option', `\`schema\` must be a JSON Schema object, or a schema of a library such as zod, not ${Array.isArray(source) ? 'an array' : typeof source}.`);
  }
  const earlier = known.get(source);
  if (earlier) return earlier;
  const schema = isStandardSchema(source) ? fromLibrary(source) : fromJsonSchema(source);
  known.set(source, schema);
  return schema;
}

function fromJsonSchema(source: JsonSchema): AnswerSchema {
  const schema = jsonOf(source);
  const issuesOf = compileJsonSchema(schema);
  return {
    isJsonSchema: true,
    fields: topLevelFields(schema),
    read(value) {
      const issues = issuesOf(value);
      return issues.length === 0 ? { value } : wrong(issues);
    },
    jsonSchema: () => schema,
  };
}

function fromLibrary(source: StandardSchema): AnswerSchema {
  const standard = source['~standard'];
  return {
    isJsonSchema: false,
    fields: fieldsOf(source),
    read(value) {
      const result = standard.validate(value);
      if (result instanceof Promise) throw asynchronous(result);
      return result.issues === undefined ? { value: result.value } : wrong(result.issues.map(issueOf));
    },
    jsonSchema: () => jsonSchemaOf(source),
  };
}

function wrong(issues: readonly Issue[]): Reading {
  return { message: describeIssues(issues), path: issues[0]?.path ?? '' };
}

/** The model writes what the schema takes in: a transform comes after. */
function jsonSchemaOf({ '~standard': { vendor, jsonSchema } }: StandardSchema): JsonObject {
  if (jsonSchema === undefined) {
    throw new InputError('invalid_option', `The schema (of ${vendor}) can check answers, but gives no JSON Schema for the request. Use a version of the library that has Standard JSON Schema (zod 4.2 or later), or give a JSON Schema as \`schema\`, and this one to run() or join().`);
  }
  try {
    return jsonOf(jsonSchema.input({ target: 'draft-2020-12' }));
  } catch (cause) {
    throw new InputError('invalid_option', `The schema (of ${vendor}) cannot be said as a JSON Schema for the request: ${messageOf(cause)}. Let the model write text or numbers, and make more of them by a transform.`, { cause });
  }
}

/** What a request would carry of the schema: later changes to the object, and the hidden members of a library, are left behind. */
function jsonOf(schema: object): JsonObject {
  return JSON.parse(JSON.stringify(schema)) as JsonObject; // an object, written in the same line
}

/** The fields that come out; a library that cannot tell what a transform makes is asked what goes in. */
function fieldsOf({ '~standard': { jsonSchema } }: StandardSchema): readonly string[] {
  // zod's word for "say what you can": a transformed field then is known by its name alone.
  const options = { target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } } as const;
  for (const side of [jsonSchema?.output, jsonSchema?.input]) {
    try {
      if (side) return topLevelFields(jsonOf(side(options)));
    } catch {
      // The other side may do.
    }
  }
  return [];
}

function asynchronous(result: Promise<unknown>): InputError {
  result.catch(() => undefined);
  return new InputError('invalid_option', 'The schema checks asynchronously, which is not possible here: use synchronous refinements and transforms. Nothing is lost; change the schema and go on.');
}
