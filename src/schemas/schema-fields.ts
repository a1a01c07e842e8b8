import type { JsonObject } from '../records/record.ts';
import { isList, isObject, resolveReference } from './subschemas.ts';

/**
 * The names of the fields that a value of the schema has at its top level, in their order, those of all branches of a union; none
 * where the value is no object, or has names of its own choice. Pure.
 */
export function topLevelFields(root: JsonObject): readonly string[] {
  return [...new Set(fieldsIn(root, root, new Set()))];
}

function fieldsIn(schema: JsonObject[string], root: JsonObject, seen: Set<string>): string[] {
  if (!isObject(schema)) return [];
  const { properties, $ref: reference } = schema;
  const own = isObject(properties) ? Object.keys(properties) : [];
  const branches = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
    const list = schema[keyword];
    return isList(list) ? list : [];
  });
  return [...own, ...branches.flatMap((branch) => fieldsIn(branch, root, seen)), ...referredFields(reference, root, seen)];
}

function referredFields(reference: JsonObject[string], root: JsonObject, seen: Set<string>): string[] {
  if (typeof reference !== 'string' || seen.has(reference)) return [];
  seen.add(reference);
  return fieldsIn(resolveReference(reference, root), root, seen);
}
