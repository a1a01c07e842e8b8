import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import fc from 'fast-check';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../src/records/record.ts';
import { answerSchemaOf } from '../../src/schemas/answer-schema.ts';
import { describeFindings } from '../../src/schemas/finding.ts';
import { anthropicFindings, anthropicSchema } from '../../src/schemas/strict-anthropic.ts';
import { openaiFindings } from '../../src/schemas/strict-openai.ts';
import { tighten } from '../../src/schemas/tighten.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more });
const ofProperty = (schema: JsonObject): JsonObject => object({ a: schema });
const errorsOf = (findings: ReturnType<typeof openaiFindings>): string => describeFindings(findings.errors);
const warningsOf = (findings: ReturnType<typeof openaiFindings>): string => describeFindings(findings.warnings);

describe("OpenAI's strict mode", () => {
  test.each<[string, JsonObject, string | RegExp]>([
    ['a whole schema', object({ label: { type: 'string', enum: ['a'] }, tags: { type: 'array', items: { type: 'string' } }, note: { type: ['string', 'null'] } }), ''],
    ['recursion', { ...object({ next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } }), $defs: { node: object({ next: { $ref: '#' } }) } }, ''],
    ['bounds', ofProperty({ type: 'number', minimum: 0, maximum: 5 }), ''],
    ['an optional property', object({ a: { type: 'string' } }, { required: [] }), /^properties\.a may be left out: list it in "required" and let it be null instead \(zod: `\.nullable\(\)`/],
    ['an optional property that may be null', object({ a: { type: ['string', 'null'] } }, { required: [] }), 'properties.a may be left out: list it in "required"; null says that there is none'],
    ['no required at all', { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }, /^properties\.a may be left out/],
    ['an open object', { type: 'object', properties: {} }, /^the root may have properties that it does not name: add "additionalProperties": false/],
    ['an open object inside', ofProperty({ type: 'array', items: { type: 'object', properties: {}, additionalProperties: true } }), /^properties\.a\.items may have properties/],
    ['an open object in a definition', { ...ofProperty({ $ref: '#/$defs/x' }), $defs: { x: { type: 'object' } } }, /^\$defs\.x may have properties/],
    ['a root that is no object', { type: 'array', items: { type: 'string' } }, 'the root is not of "type": "object": put it into a property of an object'],
    ['a root union', { anyOf: [object({})] }, 'the root is a union: put it into a property of an object'],
    ['oneOf', ofProperty({ oneOf: [{ type: 'string' }] }), 'properties.a has "oneOf", which is not supported: use "anyOf"'],
    ['uniqueItems', ofProperty({ type: 'array', items: { type: 'string' }, uniqueItems: true }), /^properties\.a has "uniqueItems".*`check`/],
    ['a tuple', ofProperty({ type: 'array', prefixItems: [{ type: 'string' }], items: false }), /^properties\.a has "prefixItems".*; properties\.a is an array without "items"/],
    ['an array of anything', ofProperty({ type: 'array' }), 'properties.a is an array without "items": say what its items are'],
    ['anything', ofProperty({ description: 'whatever' }), 'properties.a says nothing of its values: name their type'],
    ['true', object({ a: true }), 'properties.a says nothing of its values: name their type'],
    ['a reference to nowhere', ofProperty({ $ref: '#/$defs/none' }), /^properties\.a refers to "#\/\$defs\/none", which is not in the schema/],
    ['an unknown required property', object({}, { required: ['x'] }), 'the root requires "x", which it does not define: define it under "properties"'],
    ['a property called properties', object({ properties: object({ oneOf: { type: 'string' } }) }), ''],
    ['a constant that looks like a schema', ofProperty({ const: { type: 'object' } }), ''],
  ])('%s', (_title, schema, expected) => {
    const said = errorsOf(openaiFindings(schema));
    if (typeof expected === 'string') expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });

  test('what only some models refuse is a warning', () => {
    expect(warningsOf(openaiFindings(ofProperty({ type: 'string', format: 'uri', default: 'x' })))).toBe(
      'properties.a has the format "uri", which may be refused: leave it out if it is; properties.a has a "default", which may be refused and never applies: leave it out',
    );
    expect(warningsOf(openaiFindings(ofProperty({ enum: Array.from({ length: 1001 }, (_none, index) => index) })))).toMatch(/^the root has 1001 enum values, where the documented limit is 1000/);
    const deep = (levels: number): JsonObject => (levels === 0 ? { type: 'string' } : ofProperty(deep(levels - 1)));
    expect(warningsOf(openaiFindings(deep(10)))).toBe('');
    expect(warningsOf(openaiFindings(deep(11)))).toMatch(/11 levels of objects/);
  });
});

describe('Anthropic', () => {
  test.each<[string, JsonObject, string | RegExp]>([
    ['a whole schema', object({ label: { enum: ['a'] }, note: { type: 'string', format: 'uri' } }, { required: [] }), ''],
    ['an array at the root', { type: 'array', items: { type: 'string' }, minItems: 1 }, ''],
    ['a definition used twice', { ...object({ a: { $ref: '#/$defs/x' }, b: { $ref: '#/$defs/x' } }), $defs: { x: { type: 'string' } } }, ''],
    ['bounds', ofProperty({ type: 'number', minimum: 0 }), ''],
    ['an open object', ofProperty({ type: 'object' }), /^properties\.a may have properties that it does not name: add/],
    ['oneOf', ofProperty({ oneOf: [{ type: 'string' }] }), 'properties.a has "oneOf", which is not supported: use "anyOf"'],
    ['an enum of objects', ofProperty({ enum: [{}] }), /^properties\.a has an "enum" of objects/],
    ['recursion', { ...ofProperty({ $ref: '#/$defs/x' }), $defs: { x: object({ next: { anyOf: [{ $ref: '#/$defs/y' }, { type: 'null' }] } }), y: { $ref: '#/$defs/x' } } }, /^properties\.a refers to "#\/\$defs\/x", which contains itself: .*recursion is not supported/],
    ['recursion of the whole', ofProperty({ anyOf: [{ $ref: '#' }, { type: 'null' }] }), /"#", which contains itself/],
    ['a foreign reference', ofProperty({ $ref: 'https://example.com/x' }), /which is not in the schema/],
    ['anything', ofProperty({}), 'properties.a says nothing of its values: name their type'],
  ])('%s', (_title, schema, expected) => {
    const said = errorsOf(anthropicFindings(schema));
    if (typeof expected === 'string') expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });

  test('what it does not enforce is said in the descriptions, and told', () => {
    const schema = object({ stars: { type: 'integer', minimum: 1, maximum: 5, description: 'How many.' }, tags: { type: 'array', items: { type: 'string', maxLength: 9 }, minItems: 2 }, one: { type: 'array', items: { type: 'string' }, minItems: 1 } });
    expect(anthropicSchema(schema)).toEqual(
      object({ stars: { type: 'integer', description: 'How many. (minimum: 1, maximum: 5)' }, tags: { type: 'array', items: { type: 'string', description: '(maxLength: 9)' }, description: '(minItems: 2)' }, one: { type: 'array', items: { type: 'string' }, minItems: 1 } }),
    );
    expect(warningsOf(anthropicFindings(schema))).toMatch(/^properties\.stars has "minimum", "maximum", which Anthropic does not enforce: .*; properties\.tags has "minItems", .*; properties\.tags\.items has "maxLength"/);
  });
});

/** What people write with zod, and what they should not. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  plain: z.object({ label: z.enum(['good', 'bad']), stars: z.number().int().min(1).max(5) }),
  nested: z.object({ items: z.array(z.object({ name: z.string(), price: z.number() })) }),
  nullable: z.object({ note: z.string().nullable() }),
  'nullable and optional': z.object({ note: z.string().nullable().optional() }),
  optional: z.object({ note: z.string().optional() }),
  'optional, deep': z.object({ items: z.array(z.object({ note: z.string().optional() })) }),
  default: z.object({ note: z.string().default('none') }),
  strict: z.strictObject({ label: z.string() }),
  loose: z.looseObject({ label: z.string() }),
  record: z.object({ counts: z.record(z.string(), z.number()) }),
  tuple: z.object({ pair: z.tuple([z.string(), z.number()]) }),
  union: z.object({ either: z.union([z.string(), z.object({ x: z.number() })]) }),
  'discriminated union': z.object({ either: z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), x: z.string() }), z.object({ kind: z.literal('b'), y: z.number() })]) }),
  array: z.array(z.string()),
  text: z.string(),
  described: z.object({ label: z.string().describe('One word.') }),
};

describe("schemas of a library are made ready as the SDK's helpers make them", () => {
  test.each(Object.entries(schemas))('%s', (_name, schema) => {
    const sent = tighten(answerSchemaOf(schema).jsonSchema(), true);
    const helped = attempt(() => zodResponseFormat(schema, 'x').json_schema.schema as JsonObject);
    expect(openaiFindings(sent).errors.length > 0).toBe(helped === undefined);
    const { $schema: _dialect, ...expected } = without('default', helped ?? {});
    if (helped) expect(sent).toEqual(expected);
  });

  test.each(Object.entries(schemas).filter(([name]) => !['loose', 'record', 'tuple', 'default'].includes(name)))('%s, for Anthropic', (_name, schema) => {
    const sent = anthropicSchema(tighten(answerSchemaOf(schema).jsonSchema(), false));
    expect(anthropicFindings(sent).errors).toEqual([]);
    const words = (_key: string, value: unknown): unknown => (typeof value === 'string' && /minimum|maximum/.test(value) ? 'in words' : value);
    const helped = JSON.parse(JSON.stringify(zodOutputFormat(schema).schema, words)) as JsonObject;
    expect(withoutEnumTypes(JSON.parse(JSON.stringify(sent, words)))).toEqual(helped);
  });
});

test('what a tightened schema allows, the schema of the library takes', () => {
  const field = fc.constantFrom(z.string(), z.number().nullable(), z.string().default('x'), z.boolean().nullable().optional(), z.array(z.object({ a: z.string() })));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__x'), field), fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__x', 'd'), fc.constantFrom('x', 1, null, true, [{ a: 'x' }], [{ b: 1 }])), (shape, value) => {
      const schema = z.object(shape);
      const tight = answerSchemaOf(tighten(answerSchemaOf(schema).jsonSchema(), true));
      if ('value' in tight.read(value)) expect(schema.safeParse(value).success).toBe(true);
    }),
    { seed: 5, numRuns: 60 },
  );
});

function without(name: string, schema: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === name ? undefined : value))) as JsonObject;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** The helper leaves out the type beside an enum or a constant. */
function withoutEnumTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnumTypes);
  if (typeof value !== 'object' || value === null) return value;
  const { type, ...rest } = value as JsonObject;
  const kept = 'enum' in rest || 'const' in rest ? rest : { ...(type === undefined ? {} : { type }), ...rest };
  return Object.fromEntries(Object.entries(kept).map(([key, inner]) => [key, withoutEnumTypes(inner)]));
}
