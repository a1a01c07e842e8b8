type Schema = Record<string, unknown>;

const isRecord = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

function typeMatches(type: unknown, value: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => typeMatches(one, value));
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function lookUp(root: Schema, reference: string): unknown {
  return reference.slice(2).split('/').reduce<unknown>((found, part) => (part === '' ? found : isRecord(found) ? found[part] : undefined), root);
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function* numberProblems(schema: Schema, value: number): Generator<string> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === 'number' && value < minimum) yield `${value} < minimum ${minimum}`;
  if (typeof maximum === 'number' && value > maximum) yield `${value} > maximum ${maximum}`;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) yield `${value} <= exclusiveMinimum ${exclusiveMinimum}`;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) yield `${value} >= exclusiveMaximum ${exclusiveMaximum}`;
  if (typeof multipleOf === 'number' && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9) yield `${value} no multiple of ${multipleOf}`;
}

function* stringProblems({ minLength, maxLength, pattern }: Schema, value: string): Generator<string> {
  const { length } = Array.from(value);
  if (typeof minLength === 'number' && length < minLength) yield `${length} characters < ${minLength}`;
  if (typeof maxLength === 'number' && length > maxLength) yield `${length} characters > ${maxLength}`;
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) yield `"${value}" does not match ${pattern}`;
}

function* arrayProblems(schema: Schema, value: unknown[], root: Schema): Generator<string> {
  const { minItems, maxItems, uniqueItems, items } = schema;
  if (typeof minItems === 'number' && value.length < minItems) yield `${value.length} items < ${minItems}`;
  if (typeof maxItems === 'number' && value.length > maxItems) yield `${value.length} items > ${maxItems}`;
  if (uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length) yield 'items repeat';
  const prefix = list(schema['prefixItems']);
  for (const [index, item] of value.entries()) yield* schemaProblems(prefix[index] ?? items ?? true, item, root);
}

function* objectProblems(schema: Schema, value: Schema, root: Schema): Generator<string> {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  for (const name of list(schema['required'])) if (!Object.hasOwn(value, String(name))) yield `${String(name)} is missing`;
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) yield* schemaProblems(properties[name], inner, root);
    else if (schema['additionalProperties'] === false) yield `${name} is not allowed`;
  }
}

/** A small JSON schema validator: written apart from the maker of instances, so that they do not share mistakes. */
export function* schemaProblems(schema: unknown, value: unknown, root: Schema): Generator<string> {
  if (!isRecord(schema)) return;
  if (typeof schema['$ref'] === 'string') yield* schemaProblems(lookUp(root, schema['$ref']), value, root);
  for (const part of list(schema['allOf'])) yield* schemaProblems(part, value, root);
  for (const key of ['anyOf', 'oneOf']) {
    const branches = list(schema[key]);
    if (branches.length > 0 && !branches.some((branch) => [...schemaProblems(branch, value, root)].length === 0)) yield `no branch of ${key} fits ${JSON.stringify(value)}`;
  }
  if (schema['const'] !== undefined && !same(schema['const'], value)) yield `${JSON.stringify(value)} is not the constant`;
  if (schema['enum'] !== undefined && !list(schema['enum']).some((one) => same(one, value))) yield `${JSON.stringify(value)} is not in the enum`;
  if (schema['type'] !== undefined && !typeMatches(schema['type'], value)) yield `${JSON.stringify(value)} is no ${JSON.stringify(schema['type'])}`;
  if (typeof value === 'number') yield* numberProblems(schema, value);
  if (typeof value === 'string') yield* stringProblems(schema, value);
  if (Array.isArray(value)) yield* arrayProblems(schema, value, root);
  if (isRecord(value)) yield* objectProblems(schema, value, root);
}
