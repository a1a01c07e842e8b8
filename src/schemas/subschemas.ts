import type { JsonObject, JsonValue } from '../records/record.ts';

/** Keywords that hold one schema, a list of schemas, or schemas by name. */
const holdsOne = ['additionalProperties', 'items', 'contains', 'propertyNames', 'not', 'if', 'then', 'else', 'unevaluatedItems', 'unevaluatedProperties', 'additionalItems'];
const holdsList = ['anyOf', 'oneOf', 'allOf', 'prefixItems', 'items'];
const holdsNamed = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];

/** The place of a schema inside another, for people: `properties.tags.items`. */
export type SchemaPath = readonly string[];

/** The same as text; the schema itself is `the root`. */
export function pathText(path: SchemaPath): string {
  return path.length === 0 ? 'the root' : path.join('.');
}

/** Calls `visit` for a schema and each schema inside it, parents first. What stands where a schema belongs and is none is visited too. */
export function eachSchema(schema: JsonValue | undefined, visit: (schema: JsonValue, path: SchemaPath) => void, path: SchemaPath = []): void {
  if (schema === undefined) return;
  visit(schema, path);
  for (const [child, place] of children(schema)) eachSchema(child, visit, [...path, ...place]);
}

/** Makes another schema of one, whose inner schemas were changed already. */
type Change = (schema: JsonObject, original: JsonObject) => JsonObject;

/** A copy in which each schema was changed, those inside it first. */
export function mapSchemas(schema: JsonValue, change: Change): JsonValue {
  if (!isObject(schema)) return schema;
  const copy: Record<string, JsonValue | undefined> = { ...schema };
  for (const name of holdsOne) if (isObject(copy[name])) copy[name] = mapSchemas(copy[name], change);
  for (const name of holdsList) if (isList(copy[name])) copy[name] = copy[name].map((item) => mapSchemas(item, change));
  for (const name of holdsNamed) if (isObject(copy[name])) copy[name] = mapValues(copy[name], change);
  return change(copy, schema);
}

function mapValues(named: JsonObject, change: Change): JsonObject {
  return Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, schema === undefined ? schema : mapSchemas(schema, change)]));
}

function* children(schema: JsonValue): Generator<readonly [JsonValue, SchemaPath]> {
  if (!isObject(schema)) return;
  for (const name of holdsOne) {
    const child = schema[name];
    // `additionalProperties: false` and its like are no schema to look into.
    if (child !== undefined && typeof child !== 'boolean' && !isList(child)) yield [child, [name]];
  }
  for (const name of holdsList) {
    const list = schema[name];
    if (isList(list)) for (const [index, child] of list.entries()) yield [child, [name, String(index)]];
  }
  for (const name of holdsNamed) {
    const named = schema[name];
    if (isObject(named)) for (const [key, child] of Object.entries(named)) if (child !== undefined) yield [child, [name, key]];
  }
}

/** The schema that a local `$ref` leads to; `undefined` where it leads nowhere or out of the document. */
export function resolveReference(reference: string, root: JsonValue): JsonValue | undefined {
  if (!reference.startsWith('#')) return undefined;
  let found: JsonValue | undefined = root;
  for (const token of pointerTokens(reference)) {
    if (isList(found)) found = found[Number(token)];
    else found = isObject(found) && Object.hasOwn(found, token) ? found[token] : undefined;
  }
  return found;
}

function pointerTokens(reference: string): string[] {
  const pointer = reference.slice(1);
  try {
    return decodeURIComponent(pointer).split('/').slice(1).map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  } catch {
    return [''];
  }
}

/** True if a value may be `null` under the schema. */
export function isNullable(schema: JsonValue | undefined, root: JsonValue, seen: ReadonlySet<string> = new Set()): boolean {
  if (!isObject(schema)) return schema === true;
  const { type, enum: words, anyOf, oneOf, $ref: reference } = schema;
  if (typeof reference === 'string') return !seen.has(reference) && isNullable(resolveReference(reference, root), root, new Set([...seen, reference]));
  const branches = isList(anyOf) ? anyOf : oneOf;
  if (isList(branches)) return branches.some((branch) => isNullable(branch, root, seen));
  if (schema['const'] !== undefined) return schema['const'] === null;
  if (isList(words)) return words.includes(null);
  return type === 'null' || (isList(type) && type.includes('null'));
}

/** True if the schema is one of objects, by its type or its keywords. */
export function describesObjects(schema: JsonObject): boolean {
  const { type, properties } = schema;
  return type === 'object' || (isList(type) && type.includes('object')) || (type === undefined && properties !== undefined);
}

export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
export const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object' && value !== null && !isList(value);
/** The members of a list that are texts. */
export const textsOf = (value: JsonValue | undefined): string[] => (isList(value) ? value.filter((item) => typeof item === 'string') : []);
