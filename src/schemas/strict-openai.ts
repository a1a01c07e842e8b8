import type { JsonObject } from '../records/record.ts';
import type { SchemaFinding, SchemaFindings } from './finding.ts';
import { describesObjects, eachSchema, isList, isNullable, isObject, resolveReference, textsOf, type SchemaPath } from './subschemas.ts';

/** Keywords that strict mode does not take, with what to write instead. Source: the Structured Outputs guide, and what the SDK's helpers refuse. */
const refusedKeywords: Readonly<Record<string, string>> = {
  oneOf: 'use "anyOf"',
  allOf: 'merge its schemas into one',
  prefixItems: 'use an object with a property for each position',
  additionalItems: 'use an object with a property for each position',
  patternProperties: 'use a list of objects with a key and a value',
  propertyNames: 'use a list of objects with a key and a value',
  ...Object.fromEntries(
    ['not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas', 'dependencies', 'contains', 'minContains', 'maxContains', 'minProperties', 'maxProperties', 'uniqueItems', 'unevaluatedItems', 'unevaluatedProperties', 'contentEncoding', 'contentMediaType', 'contentSchema', '$anchor', '$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef'].map((keyword) => [keyword, 'leave it out, and look at the answer in `check`']),
  ),
};

/** Formats the guide names. Others were seen to be refused (`uri`, for one). */
const knownFormats = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid']);
/** Limits of the guide. They were raised before, so passing them is a warning. */
const mostProperties = 5000;
const mostEnumValues = 1000;
const deepest = 10;

/** What OpenAI's strict mode would refuse in a schema as it stands. Pure. */
export function openaiFindings(root: JsonObject): SchemaFindings {
  const errors: SchemaFinding[] = rootErrors(root);
  const warnings: SchemaFinding[] = [];
  const counts = { properties: 0, enumValues: 0, depth: 0 };
  eachSchema(root, (schema, path) => {
    if (!isObject(schema)) {
      errors.push({ path, problem: 'says nothing of its values', remedy: 'name their type' });
      return;
    }
    errors.push(...schemaErrors(schema, path, root));
    warnings.push(...schemaWarnings(schema, path));
    counts.properties += isObject(schema['properties']) ? Object.keys(schema['properties']).length : 0;
    counts.enumValues += isList(schema['enum']) ? schema['enum'].length : 0;
    counts.depth = Math.max(counts.depth, path.filter((part) => part === 'properties').length);
  });
  return { errors, warnings: [...warnings, ...sizeWarnings(counts)] };
}

function rootErrors(root: JsonObject): SchemaFinding[] {
  if (root['anyOf'] !== undefined) return [{ path: [], problem: 'is a union', remedy: 'put it into a property of an object' }];
  if (root['type'] === 'object' || root['$ref'] !== undefined) return [];
  return [{ path: [], problem: 'is not of "type": "object"', remedy: 'put it into a property of an object' }];
}

function schemaErrors(schema: JsonObject, path: SchemaPath, root: JsonObject): SchemaFinding[] {
  const refused = Object.keys(schema).filter((keyword) => Object.hasOwn(refusedKeywords, keyword));
  const found = refused.map((keyword) => ({ path, problem: `has "${keyword}", which is not supported`, remedy: refusedKeywords[keyword] ?? '' }));
  return [...found, ...referenceErrors(schema, path, root), ...arrayErrors(schema, path), ...(describesObjects(schema) ? objectErrors(schema, path, root) : []), ...emptyErrors(schema, path)];
}

function referenceErrors({ $ref: reference }: JsonObject, path: SchemaPath, root: JsonObject): SchemaFinding[] {
  if (typeof reference !== 'string' || resolveReference(reference, root) !== undefined) return [];
  return [{ path, problem: `refers to ${JSON.stringify(reference)}, which is not in the schema`, remedy: 'define it under "$defs"' }];
}

function arrayErrors({ type, items }: JsonObject, path: SchemaPath): SchemaFinding[] {
  if (isList(items)) return [{ path, problem: 'has a list as "items"', remedy: 'use an object with a property for each position' }];
  const isArray = type === 'array' || (isList(type) && type.includes('array'));
  return isArray && !isObject(items) ? [{ path, problem: 'is an array without "items"', remedy: 'say what its items are' }] : [];
}

function objectErrors(schema: JsonObject, path: SchemaPath, root: JsonObject): SchemaFinding[] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = textsOf(schema['required']);
  const open: SchemaFinding[] =
    schema['additionalProperties'] === false ? [] : [{ path, problem: 'may have properties that it does not name', remedy: 'add "additionalProperties": false; a map with free keys becomes a list of objects with a key and a value' }];
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const unknown = required.filter((name) => !Object.hasOwn(properties, name));
  return [
    ...open,
    ...optional.map((name) => ({ path: [...path, 'properties', name], ...optionalFinding(isNullable(properties[name], root)) })),
    ...unknown.map((name) => ({ path, problem: `requires ${JSON.stringify(name)}, which it does not define`, remedy: 'define it under "properties"' })),
  ];
}

function optionalFinding(nullable: boolean): Omit<SchemaFinding, 'path'> {
  return { problem: 'may be left out', remedy: nullable ? 'list it in "required"; null says that there is none' : 'list it in "required" and let it be null instead (zod: `.nullable()` in place of `.optional()`)' };
}

/** Strict mode wants to know what a value is. */
function emptyErrors(schema: JsonObject, path: SchemaPath): SchemaFinding[] {
  const says = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'properties'].some((keyword) => schema[keyword] !== undefined);
  return says || path.length === 0 ? [] : [{ path, problem: 'says nothing of its values', remedy: 'name their type' }];
}

function schemaWarnings({ format, default: preset }: JsonObject, path: SchemaPath): SchemaFinding[] {
  const odd = typeof format === 'string' && !knownFormats.has(format);
  return [
    ...(odd ? [{ path, problem: `has the format "${format}", which may be refused`, remedy: 'leave it out if it is' }] : []),
    ...(preset === undefined ? [] : [{ path, problem: 'has a "default", which may be refused and never applies', remedy: 'leave it out' }]),
  ];
}

function sizeWarnings({ properties, enumValues, depth }: { properties: number; enumValues: number; depth: number }): SchemaFinding[] {
  const over = (is: number, most: number, unit: string): SchemaFinding[] =>
    is > most ? [{ path: [], problem: `has ${is} ${unit}, where the documented limit is ${most}`, remedy: 'split the schema if it is refused' }] : [];
  return [...over(properties, mostProperties, 'properties'), ...over(enumValues, mostEnumValues, 'enum values'), ...over(depth, deepest, 'levels of objects')];
}
