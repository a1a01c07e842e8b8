import { isObject, member, numberMember, type Json, type JsonObject } from './json.ts';

/** Height of a schema that has no finite instance. */
const ENDLESS = Infinity;

/** A schema document: resolves references within it. */
export class SchemaDocument {
  readonly #root: Json;

  constructor(root: Json) {
    this.#root = root;
  }

  /** The schema with its `$ref` and `allOf` folded in; constraints beside them stay. Booleans mean "anything". */
  resolve(schema: Json | undefined, seen: ReadonlySet<string> = new Set()): JsonObject {
    if (!isObject(schema)) return {};
    const { $ref: reference, allOf, ...own } = schema;
    let resolved: JsonObject = own;
    if (typeof reference === 'string' && !seen.has(reference)) {
      resolved = merge(this.resolve(this.#lookUp(reference), new Set([...seen, reference])), resolved);
    }
    if (Array.isArray(allOf)) for (const part of allOf) resolved = merge(this.resolve(part, seen), resolved);
    return resolved;
  }

  /** The least depth of an instance; endless where every instance would hold itself. */
  heightOf(schema: Json | undefined, visiting: ReadonlySet<string> = new Set()): number {
    const reference = member(schema, '$ref');
    if (typeof reference === 'string' && visiting.has(reference)) return ENDLESS;
    const inside = typeof reference === 'string' ? new Set([...visiting, reference]) : visiting;
    const { const: constant, enum: values, anyOf, oneOf, type, ...rest } = this.resolve(schema);
    if (constant !== undefined || values !== undefined) return 0;
    const branches = [anyOf, oneOf].filter((list) => Array.isArray(list));
    const inBranches = branches.map((list) => Math.min(...list.map((branch) => this.heightOf(branch, inside))));
    const isScalar = Array.isArray(type) ? type.some((name) => !isContainer(name)) : type !== undefined && !isContainer(type);
    return Math.max(isScalar ? 0 : this.#heightOfMembers(rest, inside), ...inBranches);
  }

  #heightOfMembers(schema: JsonObject, visiting: ReadonlySet<string>): number {
    const required = requiredOf(schema).map((name) => this.heightOf(member(schema['properties'], name), visiting));
    const items = (numberMember(schema, 'minItems') ?? 0) > 0 ? [this.heightOf(schema['items'], visiting)] : [];
    return Math.max(0, ...[...required, ...items].map((height) => height + 1));
  }

  #lookUp(reference: string): Json | undefined {
    if (!reference.startsWith('#')) return undefined;
    const parts = reference.slice(1).split('/').slice(1).map(unescapePointer);
    return parts.reduce<Json | undefined>((value, part) => (Array.isArray(value) ? value[Number(part)] : member(value, part)), this.#root);
  }
}

function unescapePointer(part: string): string {
  return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

function isContainer(type: Json): boolean {
  return type === 'object' || type === 'array';
}

/** Names of the members an instance must have. */
export function requiredOf({ required }: JsonObject): string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'];

/** Both schemas at once: members together, the narrower bound of each, allowed values of both. */
function merge(one: JsonObject, other: JsonObject): JsonObject {
  const merged: JsonObject = { ...one, ...other };
  for (const key of Object.keys(one)) {
    const mine = one[key];
    const theirs = other[key];
    if (mine !== undefined && theirs !== undefined) merged[key] = mergeMember(key, mine, theirs);
  }
  return merged;
}

function mergeMember(key: string, mine: Json, theirs: Json): Json {
  if (key === 'properties' && isObject(mine) && isObject(theirs)) return mergeProperties(mine, theirs);
  if (key === 'required' && Array.isArray(mine) && Array.isArray(theirs)) return [...new Set([...mine, ...theirs])];
  if (key === 'enum' && Array.isArray(mine) && Array.isArray(theirs)) return mine.filter((value) => theirs.includes(value));
  if (LOWER_BOUNDS.includes(key) && typeof mine === 'number' && typeof theirs === 'number') return Math.max(mine, theirs);
  if (UPPER_BOUNDS.includes(key) && typeof mine === 'number' && typeof theirs === 'number') return Math.min(mine, theirs);
  return theirs;
}

function mergeProperties(mine: JsonObject, theirs: JsonObject): JsonObject {
  const merged: JsonObject = { ...mine, ...theirs };
  for (const name of Object.keys(mine)) {
    const both = [mine[name], theirs[name]].filter((schema) => schema !== undefined);
    if (both.length === 2) merged[name] = { allOf: both };
  }
  return merged;
}
