import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answerSchemaOf } from '../../src/schemas/answer-schema.ts';
import type { SchemaSource, StandardSchema } from '../../src/schemas/standard-schema.ts';

const object = (properties: object, more: object = {}): SchemaSource => ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more });

describe('an answer that does not fit is told with its path', () => {
  const verdict = object({ label: { enum: ['good', 'bad'] }, items: { type: 'array', items: object({ price: { type: 'number', minimum: 0 } }) }, 'a/b': { type: 'string' } });
  const fine = { label: 'good', items: [{ price: 1 }], 'a/b': 'x' };

  test.each<[string, SchemaSource, unknown, string, string]>([
    ['a missing field', verdict, { ...fine, label: undefined }, '', "must have required property 'label'"],
    ['a nested field', verdict, { ...fine, items: [{ price: 1 }, { price: -1 }] }, 'items.1.price', 'items.1.price: must be >= 0'],
    ['a key with a slash', verdict, { ...fine, 'a/b': 1 }, 'a/b', 'a/b: must be string'],
    ['a field too many', verdict, { ...fine, more: 1 }, '', 'must NOT have additional properties ("more")'],
    ['an enum', verdict, { ...fine, label: 'odd' }, 'label', 'label: must be equal to one of the allowed values (["good","bad"])'],
    ['several', verdict, { label: 1, items: 1, 'a/b': 1 }, 'label', 'label: must be equal to one of the allowed values (["good","bad"]); items: must be array; a/b: must be string'],
    ['the whole', verdict, 'x', '', 'must be object'],
    ['zod', z.object({ items: z.array(z.object({ price: z.number() })) }), { items: [{ price: 1 }, { price: 'x' }] }, 'items.1.price', 'items.1.price: Invalid input: expected number, received string'],
    ['a refinement', z.object({ a: z.number(), b: z.number() }).refine(({ a, b }) => a < b, { error: 'a must be less than b' }), { a: 2, b: 1 }, '', 'a must be less than b'],
  ])('%s', (_title, schema, value, path, message) => {
    expect(answerSchemaOf(schema).read(JSON.parse(JSON.stringify(value)))).toEqual({ path, message });
  });

  test('of many things, the first five are told', () => {
    const many = Object.fromEntries(Array.from({ length: 8 }, (_none, index) => [`f${index}`, { type: 'string' }]));
    const reading = answerSchemaOf(object(many)).read(Object.fromEntries(Object.keys(many).map((name) => [name, 1])));
    expect(reading).toMatchObject({ path: 'f0', message: expect.stringMatching(/^f0: must be string; .*f4: must be string; and 3 more$/) });
  });
});

test('an answer that fits is what the schema makes of it', () => {
  const schema = z.object({ when: z.iso.date().transform((text) => new Date(text)), note: z.string().default('none') });
  expect(answerSchemaOf(schema).read({ when: '2026-01-02' })).toEqual({ value: { when: new Date('2026-01-02'), note: 'none' } });
  const value = { label: 'good' };
  expect(answerSchemaOf(object({ label: { type: 'string' } })).read(value)).toEqual({ value });
});

describe('JSON Schema', () => {
  test.each([
    ['2020-12 by default', { prefixItems: [{ type: 'string' }] }, ['a'], [1]],
    ['draft 7 where it says so', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] }, ['a'], [1]],
    ['draft 6', { $schema: 'http://json-schema.org/draft-06/schema#', contains: { const: 1 } }, [1], [2]],
    ['2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema', dependentRequired: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }],
    ['references', { $ref: '#/$defs/tree', $defs: { tree: { type: 'object', properties: { left: { $ref: '#/$defs/tree' } }, additionalProperties: false } } }, { left: {} }, { left: { right: 1 } }],
    ['a format', { format: 'date' }, '2024-02-29', '2023-02-29'],
    ['a moment', { format: 'date-time' }, '2024-02-29T23:59:60.5+01:00', '2024-02-29 25:00'],
    ['an address', { format: 'email' }, 'ä.b+c@example.com', 'a@b@c'],
    ['a duration', { format: 'duration' }, 'P1DT2.5S', 'PT'],
    ['an IPv6 address', { format: 'ipv6' }, '::ffff:1.2.3.4', ':::1'],
    ['an IPv4 address', { format: 'ipv4' }, '255.0.10.1', '256.0.0.1'],
    ['a URI', { format: 'uri' }, 'https://example.com/ü', 'example.com'],
    ['a UUID', { format: 'uuid' }, '123E4567-e89b-12d3-a456-426614174000', '123'],
    ['a host', { format: 'hostname' }, 'a-b.example', '-a'],
    ['a format nobody knows', { format: 'color' }, 'x', undefined],
    ['keywords nobody knows', { 'x-order': 1, type: 'string' }, 'x', 1],
  ] as const)('%s', (_title, schema, good, bad) => {
    const compiled = answerSchemaOf(schema);
    expect(compiled.read(good as never)).toEqual({ value: good });
    if (bad !== undefined) expect(compiled.read(bad as never)).toHaveProperty('message');
  });

  test.each<[string, object, RegExp]>([
    ['a wrong keyword', { type: 'text' }, /^The JSON Schema of `schema` cannot be used: .*type/],
    ['a reference to nowhere', { $ref: '#/$defs/none' }, /can't resolve reference/],
    ['a foreign reference', { $ref: 'https://example.com/schema' }, /can't resolve reference/],
    ['draft 4', { $schema: 'http://json-schema.org/draft-04/schema#' }, /old draft/],
    ['an array', [], /must be a JSON Schema object, .* not an array\.$/],
  ])('%s is refused', (_title, schema, message) => {
    expect(() => answerSchemaOf(schema as SchemaSource)).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(message) }));
  });

  test('what is changed in the object later changes nothing', () => {
    const schema = { type: 'string' };
    const compiled = answerSchemaOf(schema);
    schema.type = 'number';
    expect(compiled.jsonSchema()).toEqual({ type: 'string' });
    expect(answerSchemaOf(schema)).toBe(compiled);
  });
});

describe('libraries', () => {
  const own = (parts: Partial<StandardSchema['~standard']>): StandardSchema => ({ '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }), ...parts } });

  test('one that cannot give a JSON Schema checks, but makes no request', () => {
    const schema = answerSchemaOf(own({ validate: () => ({ issues: [{ message: 'is odd', path: [{ key: 'a' }, 0, Symbol('s')] }] }) }));
    expect(schema.read(1)).toEqual({ path: 'a.0.Symbol(s)', message: 'a.0.Symbol(s): is odd' });
    expect(schema.fields).toEqual([]);
    expect(() => schema.jsonSchema()).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/\(of own\).*gives no JSON Schema.*zod 4\.2/) }));
  });

  test('what cannot be said as JSON Schema is an error of the plan', () => {
    expect(() => answerSchemaOf(z.object({ at: z.date() })).jsonSchema()).toThrow(/\(of zod\) cannot be said as a JSON Schema.*Date cannot be represented.*transform/);
  });

  test('a schema that waits is refused, and its answer left to nobody', () => {
    expect(() => answerSchemaOf(own({ validate: () => Promise.reject(new Error('late')) })).read(1)).toThrow(/asynchronously/);
    expect(() => answerSchemaOf(z.string().refine(async () => false)).read('x')).toThrow(/asynchronously/);
  });

  test('a function may be a schema, as those of arktype are', () => {
    const schema = Object.assign(() => undefined, own({}));
    expect(answerSchemaOf(schema).read(1)).toEqual({ value: 1 });
  });
});

test.each<[string, SchemaSource, string[]]>([
  ['an object', object({ b: {}, a: {} }), ['b', 'a']],
  ['a union', { anyOf: [object({ kind: {}, x: {} }), object({ kind: {}, y: {} })] }, ['kind', 'x', 'y']],
  ['a reference', { $ref: '#/$defs/one', $defs: { one: object({ a: {} }, { allOf: [{ $ref: '#/$defs/one' }] }) } }, ['a']],
  ['an array', { type: 'array', items: object({ a: {} }) }, []],
  ['zod', z.object({ label: z.string(), stars: z.string().transform(Number) }), ['label', 'stars']],
  ['a union of zod', z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), x: z.string() }), z.object({ kind: z.literal('b'), y: z.number() })]), ['kind', 'x', 'y']],
  ['a transform of the whole', z.object({ l: z.string() }).transform(({ l }) => ({ label: l })), []],
  ['a date that comes in as one', z.object({ at: z.date() }), ['at']],
])('top-level fields: %s', (_title, schema, fields) => {
  expect(answerSchemaOf(schema).fields).toEqual(fields);
});
