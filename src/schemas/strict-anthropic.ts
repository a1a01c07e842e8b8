import type { JsonObject, JsonValue } from '../records/record.ts';
import type { SchemaFinding, SchemaFindings } from './finding.ts';
import { describesObjects, eachSchema, isList, isObject, mapSchemas, resolveReference, type SchemaPath } from './subschemas.ts';

/**
 * Keywords that Anthropic refuses and that only narrow the values: they are sent as words in the description, as its SDK does, and
 * hold when the answer is checked here. Source: Structured outputs guide, "JSON Schema limitations".
 */
const saidInWords = [
  'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'maxItems', 'uniqueItems',
  'minProperties', 'maxProperties', 'contains', 'minContains', 'maxContains', 'propertyNames', 'contentEncoding', 'contentMediaType',
] as const;
const knownFormats = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']);

/** Keywords that cannot be said in words without changing what the schema means. */
const refusedKeywords: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['oneOf', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas'].map((keyword) => [keyword, 'use "anyOf"'])),
  not: 'leave it out, and look at the answer in `check`',
  prefixItems: 'use an object with a property for each position',
  patternProperties: 'use a list of objects with a key and a value',
  unevaluatedProperties: 'use "additionalProperties": false',
  unevaluatedItems: 'leave it out',
};

/** What Anthropic would refuse in a schema as it is sent by {@link anthropicSchema}, and what is only said in words. Pure. */
export function anthropicFindings(root: JsonObject): SchemaFindings {
  const errors: SchemaFinding[] = [];
  const warnings: SchemaFinding[] = [];
  eachSchema(root, (schema, path) => {
    // A schema that is said in words is not looked into.
    if (path.some((part) => part === 'contains' || part === 'propertyNames')) return;
    if (!isObject(schema)) {
      errors.push({ path, problem: 'says nothing of its values', remedy: 'name their type' });
      return;
    }
    errors.push(...schemaErrors(schema, path, root));
    const said = wordsOf(schema).map(([keyword]) => `"${keyword}"`);
    if (said.length > 0) warnings.push({ path, problem: `has ${said.join(', ')}, which Anthropic does not enforce`, remedy: 'the model is told in the description, and each answer is checked here' });
  });
  return { errors, warnings };
}

/** The schema as Anthropic takes it: what it does not enforce stands in the descriptions. Pure. */
export function anthropicSchema(root: JsonObject): JsonObject {
  // A schema that is an object stays one.
  return mapSchemas(root, sayInWords) as JsonObject;
}

function sayInWords(schema: JsonObject): JsonObject {
  const said = wordsOf(schema);
  if (said.length === 0) return schema;
  const names = new Set(said.map(([keyword]) => keyword));
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !names.has(keyword)));
  const words = said.map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`).join(', ');
  const { description } = schema;
  return { ...kept, description: typeof description === 'string' && description !== '' ? `${description} (${words})` : `(${words})` };
}

function wordsOf(schema: JsonObject): [string, JsonValue][] {
  const { format, minItems } = schema;
  const keywords: string[] = saidInWords.filter((keyword) => schema[keyword] !== undefined);
  if (typeof format === 'string' && !knownFormats.has(format)) keywords.push('format');
  // Of minimal counts only 0 and 1 are known.
  if (typeof minItems === 'number' && minItems > 1) keywords.push('minItems');
  return keywords.map((keyword) => [keyword, schema[keyword] ?? null]);
}

function schemaErrors(schema: JsonObject, path: SchemaPath, root: JsonObject): SchemaFinding[] {
  const refused = Object.keys(schema).filter((keyword) => Object.hasOwn(refusedKeywords, keyword));
  return [
    ...refused.map((keyword) => ({ path, problem: `has "${keyword}", which is not supported`, remedy: refusedKeywords[keyword] ?? '' })),
    ...(describesObjects(schema) && schema['additionalProperties'] !== false
      ? [{ path, problem: 'may have properties that it does not name', remedy: 'add "additionalProperties": false; a map with free keys becomes a list of objects with a key and a value' }]
      : []),
    ...(isList(schema['items']) ? [{ path, problem: 'has a list as "items"', remedy: 'use an object with a property for each position' }] : []),
    ...(isList(schema['enum']) && schema['enum'].some((word) => typeof word === 'object' && word !== null) ? [{ path, problem: 'has an "enum" of objects or arrays', remedy: 'use texts or numbers' }] : []),
    ...referenceErrors(schema, path, root),
    ...untypedErrors(schema, path),
  ];
}

function referenceErrors({ $ref: reference }: JsonObject, path: SchemaPath, root: JsonObject): SchemaFinding[] {
  if (typeof reference !== 'string') return [];
  const target = resolveReference(reference, root);
  if (target === undefined) return [{ path, problem: `refers to ${JSON.stringify(reference)}, which is not in the schema`, remedy: 'define it under "$defs"' }];
  return reaches(target, reference, root) ? [{ path, problem: `refers to ${JSON.stringify(reference)}, which contains itself`, remedy: 'write the levels out; recursion is not supported' }] : [];
}

/** True if a schema leads back to a reference, by whatever way. */
function reaches(schema: JsonValue, reference: string, root: JsonObject, seen = new Set<string>()): boolean {
  let found = false;
  eachSchema(schema, (inner) => {
    const next = isObject(inner) ? inner['$ref'] : undefined;
    if (found || typeof next !== 'string') return;
    if (next === reference) found = true;
    else if (!seen.has(next)) {
      seen.add(next);
      found = reaches(resolveReference(next, root) ?? {}, reference, root, seen);
    }
  });
  return found;
}

function untypedErrors(schema: JsonObject, path: SchemaPath): SchemaFinding[] {
  const says = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'properties'].some((keyword) => schema[keyword] !== undefined);
  return says ? [] : [{ path, problem: 'says nothing of its values', remedy: 'name their type' }];
}
