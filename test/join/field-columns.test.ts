import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addedNames } from '../../src/join/enrich.ts';
import { fieldCells, fieldColumns } from '../../src/join/field-columns.ts';
import { plainJson } from '../../src/join/plain-json.ts';
import type { SchemaSource } from '../../src/schemas/standard-schema.ts';

const names = (schema: SchemaSource) => fieldColumns(schema).map(({ name }) => name);
const properties = (...fields: string[]): SchemaSource => ({ type: 'object', properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])) });

describe('columns', () => {
  it('are the top-level fields', () => {
    expect(names(properties('label', 'stars'))).toEqual(['label', 'stars']);
  });

  it('with the name of another result column are told apart from it', () => {
    expect(names(properties('reason', 'label', 'json_reason', 'output'))).toEqual(['json_json_reason', 'label', 'json_reason', 'json_output']);
  });

  it('stand after all others; an answer of unknown fields has one for the whole', () => {
    expect(addedNames({ format: 'csv', schema: properties('label'), kinds: { toolCalls: true } }).slice(-3)).toEqual(['result_custom_id', 'result_tool_calls', 'result_label']);
    expect(addedNames({ format: 'csv', schema: { type: 'array', items: { type: 'string' } } }).slice(-2)).toEqual(['result_custom_id', 'result_json']);
    expect(addedNames({ format: 'csv', schema: properties('label'), parseJson: true, prefix: 'ai_' }).slice(-2)).toEqual(['ai_json', 'ai_label']);
    expect(addedNames({ format: 'jsonl', schema: properties('label') })).toEqual(['result']);
  });
});

describe('cells', () => {
  const columns = fieldColumns(z.object({ a: z.unknown(), reason: z.unknown() }));
  const cells = (json: unknown) => fieldCells(json, columns, 'r_');

  it.each<[unknown, unknown]>([
    ['x', 'x'],
    [5, 5],
    [false, false],
    [null, null],
    [undefined, undefined],
    [[1, { b: 2 }], '[1,{"b":2}]'],
    [{}, '{}'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [2n ** 64n, '18446744073709551616'],
    [{ id: 1n }, '{"id":"1"}'],
  ])('case %#', (value, expected) => {
    expect(cells({ a: value, reason: 'because' })).toEqual({ r_a: expected, r_json_reason: 'because' });
  });

  it.each([undefined, null, 'text', ['a'], { toString: 1 }])('of an answer %j are empty', (json) => {
    expect(cells(json)).toEqual({ r_a: undefined, r_json_reason: undefined });
  });
});

it('what JSON has no word for is written all the same', () => {
  expect(plainJson({ big: 1n, when: new Date(0), none: undefined, odd: Number.NaN })).toEqual({ big: '1', when: '1970-01-01T00:00:00.000Z', odd: null });
  expect(plainJson(undefined)).toBeNull();
});
