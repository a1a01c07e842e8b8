import { isObject, numberMember, type Json, type JsonObject } from './json.ts';
import { between, pick, type Random } from './random.ts';
import { requiredOf, SchemaDocument } from './schema.ts';
import { numberFor, stringFor } from './schema-scalars.ts';

/** From here on only what is required is filled in, and branches are chosen for being shallow. */
const SHALLOW_FROM = 4;
/** A schema that must contain itself has no instance; here it is given up. */
const DEEPEST = 64;
const ATTEMPTS_AT_UNIQUE = 20;

/**
 * An instance of a JSON schema, the same for the same numbers of `random`: objects, required and optional members, enums,
 * constants, arrays, bounds, formats, patterns (the common ones), anyOf/oneOf/allOf, `$ref` with recursion, nullable types.
 */
export function instanceOf(schema: Json, random: Random): Json {
  return new Maker(new SchemaDocument(schema), random).make(schema, 0);
}

class Maker {
  readonly #document: SchemaDocument;
  readonly #random: Random;

  constructor(document: SchemaDocument, random: Random) {
    this.#document = document;
    this.#random = random;
  }

  make(schema: Json | undefined, depth: number): Json {
    if (depth > DEEPEST) return null;
    const { anyOf, oneOf, ...resolved } = this.#document.resolve(schema);
    const branches = Array.isArray(anyOf) ? anyOf : oneOf;
    if (Array.isArray(branches) && branches.length > 0) {
      return this.make({ allOf: [resolved, this.#branch(branches, depth)] }, depth);
    }
    if (resolved['const'] !== undefined) return resolved['const'];
    const [first, ...others] = Array.isArray(resolved['enum']) ? resolved['enum'] : [];
    return first === undefined ? this.#ofType(resolved, depth) : pick([first, ...others], this.#random);
  }

  /** Any branch near the root; further down the shallowest, so that recursion ends. */
  #branch(branches: Json[], depth: number): Json {
    const heights = branches.map((branch) => this.#document.heightOf(branch));
    const finite = branches.filter((_, index) => heights[index] !== Infinity);
    const least = Math.min(...heights);
    const fit = depth < SHALLOW_FROM ? finite : branches.filter((_, index) => heights[index] === least);
    const [first = {}, ...others] = fit;
    return pick([first, ...others], this.#random);
  }

  #ofType(schema: JsonObject, depth: number): Json {
    const type = this.#typeOf(schema, depth);
    if (type === 'object') return this.#object(schema, depth);
    if (type === 'array') return this.#array(schema, depth);
    if (type === 'string') return stringFor(schema, this.#random);
    if (type === 'number' || type === 'integer') return numberFor(schema, type === 'integer', this.#random);
    return type === 'boolean' ? this.#random() < 0.5 : null;
  }

  #typeOf({ type, properties, items, ...bounds }: JsonObject, depth: number): Json {
    if (Array.isArray(type)) {
      if (depth >= SHALLOW_FROM && type.includes('null')) return 'null';
      return pick([type[0] ?? 'null', ...type.slice(1)], this.#random);
    }
    if (type !== undefined) return type;
    if (properties !== undefined || bounds['required'] !== undefined) return 'object';
    if (items !== undefined || bounds['prefixItems'] !== undefined || bounds['minItems'] !== undefined) return 'array';
    const isNumber = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].some((key) => bounds[key] !== undefined);
    return isNumber ? 'number' : 'string';
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    const required = requiredOf(schema);
    const optional = depth < SHALLOW_FROM ? Object.keys(properties).filter((name) => this.#isFinite(properties[name])) : [];
    const wanted = new Set([...required, ...optional]);
    const inOrder = [...Object.keys(properties).filter((name) => wanted.has(name)), ...required];
    const entries = [...new Set(inOrder)].map((name) => [name, this.make(properties[name], depth + 1)] as const);
    return Object.fromEntries(entries);
  }

  #isFinite(schema: Json | undefined): boolean {
    return this.#document.heightOf(schema) !== Infinity;
  }

  #array(schema: JsonObject, depth: number): Json[] {
    const prefix = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
    const least = Math.max(numberMember(schema, 'minItems') ?? 0, 0);
    const most = numberMember(schema, 'maxItems') ?? Infinity;
    const isOpen = depth < SHALLOW_FROM && this.#isFinite(schema['items']) && schema['items'] !== false;
    const count = Math.min(most, Math.max(least, prefix.length, isOpen ? between(1, 3, this.#random) : 0));
    const made: Json[] = [];
    for (let index = 0; index < count; index += 1) {
      const item = this.#item(prefix[index] ?? schema['items'], schema['uniqueItems'] === true ? made : [], depth);
      if (item !== undefined) made.push(item);
    }
    return made;
  }

  /** An item unlike those that are there; `undefined` if none turns up. */
  #item(schema: Json | undefined, others: readonly Json[], depth: number): Json | undefined {
    const taken = new Set(others.map((other) => JSON.stringify(other)));
    for (let attempt = 0; attempt < ATTEMPTS_AT_UNIQUE; attempt += 1) {
      const item = this.make(schema, depth + 1);
      if (!taken.has(JSON.stringify(item))) return item;
    }
    return undefined;
  }
}
