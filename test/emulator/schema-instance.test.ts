import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/emulator/json.ts';
import { randomFrom } from '../../src/emulator/random.ts';
import { instanceOf } from '../../src/emulator/schema-instance.ts';
import { schemaProblems } from './schema-checker.ts';

function expectInstances(schema: JsonObject, seeds: number): void {
  for (let seed = 0; seed < seeds; seed += 1) {
    const instance = instanceOf(schema, randomFrom(seed));
    expect([...schemaProblems(schema, instance, schema)], JSON.stringify(instance)).toEqual([]);
  }
}

const tree: JsonObject = { type: 'object', properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#' } } }, required: ['value', 'children'] };
const linked: JsonObject = {
  $ref: '#/$defs/node',
  $defs: { node: { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } }, required: ['next'], additionalProperties: false } },
};

test.each<[string, JsonObject]>([
  ['required and optional members', { type: 'object', properties: { a: { type: 'string' }, b: { type: 'boolean' } }, required: ['a'], additionalProperties: false }],
  ['a required member without a schema', { type: 'object', required: ['x'] }],
  ['enums and constants', { type: 'object', properties: { mood: { enum: ['good', 'bad', null, 3] }, kind: { const: 'review' } }, required: ['mood', 'kind'] }],
  ['nullable types', { type: ['string', 'null'] }],
  ['integers within bounds', { type: 'integer', minimum: -3, maximum: 2 }],
  ['exclusive integer bounds', { type: 'integer', exclusiveMinimum: 4, exclusiveMaximum: 6 }],
  ['exclusive bounds a fraction apart', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 }],
  ['multiples', { type: 'number', multipleOf: 0.1, minimum: 0.25, maximum: 0.75 }],
  ['integers that are multiples of a fraction', { type: 'integer', multipleOf: 1.5, minimum: 1 }],
  ['multiples above an exclusive bound', { type: 'integer', multipleOf: 5, exclusiveMinimum: 10, maximum: 20 }],
  ['only an upper bound', { type: 'number', maximum: -5 }],
  ['lengths', { type: 'string', minLength: 30, maxLength: 32 }],
  ['a short length', { type: 'string', maxLength: 1 }],
  ['array sizes', { type: 'array', items: { type: 'integer' }, minItems: 4, maxItems: 5 }],
  ['an empty array', { type: 'array', items: { type: 'integer' }, maxItems: 0 }],
  ['unique items', { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 3, uniqueItems: true }],
  ['tuples', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 2 }],
  ['anyOf', { anyOf: [{ type: 'string' }, { type: 'object', properties: { a: { type: 'null' } }, required: ['a'] }] }],
  ['oneOf with members beside it', { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'], oneOf: [{ required: ['x'], properties: { x: { type: 'string' } } }, { required: ['y'], properties: { y: { type: 'number' } } }] }],
  ['allOf', { allOf: [{ type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] }, { properties: { a: { maximum: 4 }, b: { type: 'string' } }, required: ['b'] }] }],
  ['allOf whose wider bounds come last', { allOf: [{ type: 'integer', minimum: 3, maximum: 4 }, { minimum: 0, maximum: 100 }] }],
  ['allOf whose wider bounds come first', { allOf: [{ type: 'integer', minimum: 0, maximum: 100 }, { minimum: 3, maximum: 4 }] }],
  ['allOf of enums', { allOf: [{ enum: ['a', 'b'] }, { enum: ['b', 'c'] }] }],
  ['references beside constraints', { $defs: { word: { type: 'string' } }, type: 'object', properties: { w: { $ref: '#/$defs/word', maxLength: 3 } }, required: ['w'] }],
  ['a recursive tree', tree],
  ['a linked list', linked],
  ['no type at all', { properties: { deep: { items: { minimum: 3 } } }, required: ['deep'] }],
  ['an empty schema', {}],
])('%s', (_title, schema) => {
  expectInstances(schema, 60);
});

test.each([
  '^[A-Z]{2}-\\d{4}$', '^(red|green|blue)$', '^\\+?[0-9]{7,12}$', '^[^\\s@]+@[a-z]+\\.com$', '^a+b*c?$', '\\d{3}', '^(?:x|yy){2,3}z$', '^v\\d+(\\.\\d+){2}$', '^(?<year>\\d{4})$',
])('pattern %s', (pattern) => {
  expectInstances({ type: 'string', pattern }, 40);
});

test('a pattern beyond the generator still gives a string', () => {
  expect(typeof instanceOf({ type: 'string', pattern: '^(?=.*\\d)(?=.*[a-z])(?<!x)[a-z0-9]{8}\\1$' }, randomFrom(1))).toBe('string');
});

test.each([
  ['date-time', (text: string) => !Number.isNaN(Date.parse(text)) && text.includes('T')],
  ['date', (text: string) => /^\d{4}-\d\d-\d\d$/.test(text)],
  ['email', (text: string) => /^\S+@\S+$/.test(text)],
  ['uri', (text: string) => URL.canParse(text)],
  ['uuid', (text: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)],
  ['ipv4', (text: string) => /^(\d{1,3}\.){3}\d{1,3}$/.test(text)],
])('format %s', (format, holds) => {
  for (let seed = 0; seed < 20; seed += 1) expect(instanceOf({ type: 'string', format }, randomFrom(seed))).toSatisfy(holds);
});

test('a schema that must hold itself for ever is given up, not followed for ever', () => {
  expect(() => instanceOf({ type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] }, randomFrom(1))).not.toThrow();
});

const scalars = fc.oneof(
  fc.record({ type: fc.constant('string'), minLength: fc.nat(20), maxLength: fc.integer({ min: 20, max: 60 }) }),
  fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -50, max: 0 }), maximum: fc.nat(50) }),
  fc.record({ type: fc.constant('number'), exclusiveMinimum: fc.integer({ min: -50, max: 0 }), exclusiveMaximum: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ type: fc.constantFrom('boolean', 'null') }),
  fc.record({ enum: fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 4 }) }),
);
const schemas = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(2), maxItems: fc.integer({ min: 2, max: 4 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }).filter((name) => name !== '__proto__'), tie('schema'), { maxKeys: 4 }).map((properties) => ({
      type: 'object', properties, required: Object.keys(properties), additionalProperties: false,
    })),
  ),
})).schema;

test('whatever the schema, the instance is valid and always the same', () => {
  fc.assert(
    fc.property(schemas, fc.nat(), (schema, seed) => {
      const instance = instanceOf(schema, randomFrom(seed));
      expect([...schemaProblems(schema, instance, schema)]).toEqual([]);
      expect(instanceOf(schema, randomFrom(seed))).toEqual(instance);
    }),
    { numRuns: 300 },
  );
});
