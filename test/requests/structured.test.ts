import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sourceRecord, type JsonObject } from '../../src/records/record.ts';
import { chat, completions, embeddings, messages, responses } from '../../src/requests/bodies.ts';
import type { RequestBuilder } from '../../src/requests/request.ts';

const json = { title: 'verdict', type: 'object', properties: { label: { type: 'string' } }, required: ['label'], additionalProperties: false } as const;
const zod = z.object({ label: z.string(), stars: z.number().min(1) });
const sentZod = { type: 'object', properties: { label: { type: 'string' }, stars: { type: 'number', minimum: 1 } }, required: ['label', 'stars'], additionalProperties: false };
const ask = { model: 'gpt-5-mini', prompt: 'x' };
const claude = { model: 'claude-haiku-4-5', prompt: 'x' };

const build = (builder: RequestBuilder<never, unknown>): JsonObject => builder.build(undefined as never, sourceRecord(0, undefined as never));
const refusal = (message: RegExp, code = 'invalid_option') => expect.objectContaining({ name: 'InputError', code, message: expect.stringMatching(message) });

describe('the request field of each endpoint', () => {
  test('chat', () => {
    expect(build(chat({ ...ask, schema: json }))).toMatchObject({ response_format: { type: 'json_schema', json_schema: { name: 'verdict', strict: true, schema: json } } });
    expect(build(chat({ ...ask, schema: zod }))['response_format']).toEqual({ type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: sentZod } });
  });

  test('responses, beside what else `text` holds', () => {
    const format = { type: 'json_schema', name: 'mine', strict: true, schema: sentZod };
    expect(build(responses({ ...ask, schema: zod, schemaName: 'mine' }))['text']).toEqual({ format });
    expect(build(responses({ ...ask, schema: zod, schemaName: 'mine', text: { verbosity: 'low' } }))['text']).toEqual({ verbosity: 'low', format });
    expect(build(responses({ ...ask, schema: zod, schemaName: 'mine', text: () => ({ verbosity: 'high' }) }))['text']).toEqual({ verbosity: 'high', format });
  });

  test('messages, with bounds as words', () => {
    const builder = messages({ ...claude, schema: zod, output_config: { effort: 'low' } });
    const schema = { ...sentZod, properties: { label: { type: 'string' }, stars: { type: 'number', description: '(minimum: 1)' } } };
    expect(build(builder)['output_config']).toEqual({ effort: 'low', format: { type: 'json_schema', schema } });
    expect(builder.warnings).toEqual([expect.stringMatching(/^schema: properties\.stars has "minimum", which Anthropic does not enforce: /)]);
  });

  test('not strict, the schema goes as it is', () => {
    const open = { type: 'object', properties: { a: {} } };
    expect(build(chat({ ...ask, schema: open, strictSchema: false }))['response_format']).toEqual({ type: 'json_schema', json_schema: { name: 'answer', strict: false, schema: open } });
  });

  test('without a schema nothing is added', () => {
    expect(build(chat(ask))).toEqual({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'x' }] });
  });
});

test('the builder carries the schema, and describes itself without it', () => {
  const builder = chat({ ...ask, schema: zod, strictSchema: false });
  expect(builder.schema).toBe(zod);
  expect(builder.description).toEqual({ builder: 'chat', endpoint: '/v1/chat/completions', ...ask, strictSchema: false });
});

describe('refused before any record', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['what strict mode refuses, with place and remedy', () => chat({ ...ask, schema: z.object({ note: z.string().optional() }) }), /^chat\(\): OpenAI's strict mode would refuse the schema: properties\.note may be left out: .*`\.nullable\(\)`.*\. Or set `strictSchema: false` \(--no-strict-schema\)/],
    ['a JSON Schema that leaves its objects open', () => responses({ ...ask, schema: { type: 'object', properties: {} } }), /^responses\(\): OpenAI's strict mode would refuse the schema: the root may have properties that it does not name: add "additionalProperties": false/],
    ['what Anthropic refuses', () => messages({ ...claude, schema: { type: 'object' } }), /^messages\(\): Anthropic would refuse the schema: the root may have/],
    ['no JSON Schema', () => chat({ ...ask, schema: { '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } } }), /\(of own\).*gives no JSON Schema/],
    ['no schema at all', () => chat({ ...ask, schema: { type: 'odd' } }), /cannot be used/],
    ['two formats', () => chat({ ...ask, schema: zod, response_format: { type: 'json_object' } }), /both `schema` and `response_format`/],
    ['two formats in text', () => responses({ ...ask, schema: zod, text: { format: { type: 'text' } } }), /both `schema` and `text\.format`/],
    ['a format in params', () => chat({ ...ask, schema: zod, params: { response_format: {} } }), /both `schema` and `response_format`/],
    ['a name with a space', () => chat({ ...ask, schema: zod, schemaName: 'a b' }), /`schemaName` must be 1 to 64 letters.*"a b"/],
    ['a name without a schema', () => chat({ ...ask, schemaName: 'a' }), /has `schemaName`, but no `schema`/],
    ['Anthropic without strictness', () => messages({ ...claude, schema: zod, strictSchema: false }), /no `strictSchema: false`/],
    ['an endpoint of vectors', () => embeddings({ model: 'text-embedding-3-small', input: 'x', schema: zod }), /embeddings\(\) takes no `schema`/],
    ['completions', () => completions({ model: 'gpt-3.5-turbo-instruct', prompt: 'x', schema: zod }), /completions\(\) takes no `schema`/],
  ])('%s', (_title, make, message) => {
    expect(make).toThrow(refusal(message, message.source.includes('would refuse') ? 'invalid_request' : 'invalid_option'));
  });

  test('a function of the record that gives a format too rejects that record', () => {
    const twice = responses({ ...ask, schema: zod, text: () => ({ format: {} }) });
    expect(() => build(twice)).toThrow(refusal(/both/));
    expect(() => build(chat({ ...ask, schema: zod, params: () => ({ response_format: {} }) }))).toThrow(refusal(/both/));
  });
});
