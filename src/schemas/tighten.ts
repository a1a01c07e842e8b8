import type { JsonObject } from '../records/record.ts';
import { describesObjects, isList, isNullable, isObject, mapSchemas, textsOf } from './subschemas.ts';

/**
 * The JSON Schema of a library, made ready for a provider: objects that say nothing of further properties are closed, `oneOf`
 * becomes `anyOf`, `$schema` goes. Every answer is held to the library's own schema afterwards, so it may allow more or less. Pure.
 *
 * @param requireAll for OpenAI: properties that may be null or have a default must be there, which its strict mode wants of all;
 * those that may only be left out stay optional, and are refused, because the model would have to make one up
 */
export function tighten(root: JsonObject, requireAll: boolean): JsonObject {
  // A schema that is an object stays one.
  const { $schema: _dialect, ...tight } = mapSchemas(root, (schema, original) => close(asAnyOf(schema), { original, root, requireAll })) as JsonObject;
  return tight;
}

function asAnyOf({ oneOf, ...schema }: JsonObject): JsonObject {
  if (!isList(oneOf)) return oneOf === undefined ? schema : { ...schema, oneOf };
  return schema['anyOf'] === undefined ? { ...schema, anyOf: oneOf } : { ...schema, oneOf };
}

interface Closing {
  /** The schema as it was, with the defaults of its properties. */
  readonly original: JsonObject;
  readonly root: JsonObject;
  readonly requireAll: boolean;
}

function close(schema: JsonObject, { original, root, requireAll }: Closing): JsonObject {
  const { default: _preset, ...plain } = schema;
  const closed = requireAll ? plain : schema;
  if (!describesObjects(schema)) return closed;
  return { ...closed, ...(requireAll ? { required: requiredOf(original, root) } : {}), additionalProperties: schema['additionalProperties'] ?? false };
}

function requiredOf({ properties, required }: JsonObject, root: JsonObject): string[] {
  const known = textsOf(required);
  if (!isObject(properties)) return known;
  return Object.keys(properties).filter((name) => known.includes(name) || isNullable(properties[name], root) || hasDefault(properties[name]));
}

function hasDefault(schema: JsonObject[string]): boolean {
  return isObject(schema) && Object.hasOwn(schema, 'default');
}
