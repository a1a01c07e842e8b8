import { describe, expect, expectTypeOf, test } from 'vitest';
import { sourceRecord, type JsonObject } from '../../src/records/record.ts';
import { chat, completions, embeddings, messages, moderations, responses } from '../../src/requests/bodies.ts';
import { defaultModelRules, ruleFor } from '../../src/requests/models.ts';
import type { RequestBuilder } from '../../src/requests/request.ts';
import { toRequests } from '../../src/requests/to-requests.ts';

interface Review {
  readonly id: string;
  readonly text: string;
  readonly stars: number;
}

const review: Review = { id: 'r1', text: 'Fine.', stars: 4 };

function build<T>(builder: RequestBuilder<T>, value: T): JsonObject {
  return builder.build(value, sourceRecord(0, value));
}

describe('chat', () => {
  test('a template, a system text and parameters passed through', () => {
    const builder = chat({ model: 'gpt-4o-mini', system: 'You know {{id}}.', prompt: 'Classify: {{text}}', temperature: 0, maxTokens: 20, params: { seed: 7 } });
    expect(builder.endpoint).toBe('/v1/chat/completions');
    expect(builder.fields).toEqual(['text', 'id']);
    expect(build(builder, { ...review })).toEqual({
      model: 'gpt-4o-mini',
      messages: [
        { role: 'system', content: 'You know r1.' },
        { role: 'user', content: 'Classify: Fine.' },
      ],
      temperature: 0,
      max_tokens: 20,
      seed: 7,
    });
  });

  test('every field may be a function of the record, whose result is used as it is', () => {
    const builder = chat({
      model: (value: Review) => (value.stars > 3 ? 'gpt-4o' : 'gpt-5-mini'),
      prompt: (value) => `{{text}} ${value.text}`,
      system: (value) => (value.stars > 3 ? 'Be kind.' : undefined),
      maxTokens: (value) => value.stars * 10,
      seed: (value: Review) => value.stars,
      params: (value) => ({ user: value.id }),
    });
    expect(build(builder, review)).toEqual({
      model: 'gpt-4o',
      messages: [{ role: 'system', content: 'Be kind.' }, { role: 'user', content: '{{text}} Fine.' }],
      max_tokens: 40,
      seed: 4,
      user: 'r1',
    });
    expect(build(builder, { ...review, stars: 1 })).toEqual({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: '{{text}} Fine.' }],
      max_completion_tokens: 10,
      seed: 1,
      user: 'r1',
    });
  });

  test('messages: texts in the content are templates, the rest is not', () => {
    const builder = chat({
      model: 'gpt-4o',
      messages: [
        { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{{x}}' } }] },
        { role: 'user', content: [{ type: 'text', text: 'See {{text}}' }, { type: 'image_url', image_url: { url: '{{id}}' } }] },
      ],
    });
    expect(builder.fields).toEqual(['text', 'id']);
    expect(build(builder, { ...review })['messages']).toEqual([
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{{x}}' } }] },
      { role: 'user', content: [{ type: 'text', text: 'See Fine.' }, { type: 'image_url', image_url: { url: 'r1' } }] },
    ]);
  });
});

describe('the other endpoints', () => {
  test('responses', () => {
    expect(build(responses({ model: 'gpt-5', system: 'Short.', prompt: '{{text}}', maxTokens: 9 }), { text: 'hi' })).toEqual({
      model: 'gpt-5',
      instructions: 'Short.',
      input: 'hi',
      max_output_tokens: 9,
    });
    expect(build(responses({ model: 'gpt-5', input: [{ role: 'user', content: '{{text}}' }] }), { text: 'hi' })['input']).toEqual([{ role: 'user', content: 'hi' }]);
  });

  test('embeddings', () => {
    expect(build(embeddings({ model: 'text-embedding-3-small', input: ['{{a}}', '{{b}}'], dimensions: 256 }), { a: 'x', b: 'y' })).toEqual({
      model: 'text-embedding-3-small',
      input: ['x', 'y'],
      dimensions: 256,
    });
    expect(build(embeddings({ model: 'text-embedding-3-small', prompt: '{{a}}' }), { a: 'x' })['input']).toBe('x');
  });

  test('completions and moderations', () => {
    expect(build(completions({ model: 'davinci-002', prompt: '{{a}}:', maxTokens: 3 }), { a: 'x' })).toEqual({ model: 'davinci-002', prompt: 'x:', max_tokens: 3 });
    expect(build(moderations({ model: 'omni-moderation-latest', input: '{{a}}' }), { a: 'x' })).toEqual({ model: 'omni-moderation-latest', input: 'x' });
  });

  test('messages', () => {
    expect(build(messages({ model: 'claude-haiku-4-5', system: 'Short.', prompt: '{{a}}' }), { a: 'x' })).toEqual({
      model: 'claude-haiku-4-5',
      system: 'Short.',
      messages: [{ role: 'user', content: 'x' }],
      max_tokens: 4096,
    });
    const blocks = messages({ model: 'claude-haiku-4-5', system: [{ type: 'text', text: 'About {{a}}', cache_control: { type: 'ephemeral' } }], prompt: 'Go', params: { max_tokens: 7 } });
    expect(build(blocks, { a: 'x' })).toMatchObject({ system: [{ type: 'text', text: 'About x', cache_control: { type: 'ephemeral' } }], max_tokens: 7 });
  });
});

describe('the name of the output limit by model', () => {
  test.each([
    ['gpt-3.5-turbo', 'max_tokens'],
    ['gpt-4-turbo', 'max_tokens'],
    ['gpt-4o-mini-2024-07-18', 'max_tokens'],
    ['gpt-4.1-nano', 'max_tokens'],
    ['ft:gpt-4o-mini:acme::1', 'max_tokens'],
    ['llama-3.1-8b-instant', 'max_tokens'],
    ['gpt-5', 'max_completion_tokens'],
    ['gpt-5.4-mini', 'max_completion_tokens'],
    ['gpt-6-sol', 'max_completion_tokens'],
    ['gpt-12', 'max_completion_tokens'],
    ['o1', 'max_completion_tokens'],
    ['o3-mini', 'max_completion_tokens'],
    ['o4-mini-2025-04-16', 'max_completion_tokens'],
  ])('%s: %s', (model, name) => {
    expect(build(chat({ model, prompt: 'x', maxTokens: 5 }), {})).toEqual({ model, messages: [{ role: 'user', content: 'x' }], [name]: 5 });
  });
});

describe('models and their warnings', () => {
  test('an unknown model is a warning, once; a known one is none', () => {
    expect(chat({ model: 'gpt-4o', prompt: 'x' }).warnings).toEqual([]);
    const builder = chat({ model: (value: { m: string }) => value.m, prompt: 'x' });
    for (const m of ['gpt-4o', 'mystery-1', 'mystery-1', 'mystery-2']) build(builder, { m });
    expect(builder.warnings).toEqual([expect.stringContaining('"mystery-1"'), expect.stringContaining('"mystery-2"')]);
  });

  test('gpt-50 and olmo are nobody we know', () => {
    expect(ruleFor('olmo-2', defaultModelRules)).toBeUndefined();
    expect(ruleFor('gpt-oss-120b', defaultModelRules)).toBeUndefined();
  });

  test('own rules replace the list', () => {
    const modelRules = [{ pattern: /^gpt-5/, endpoints: ['/v1/chat/completions'] }];
    const builder = chat({ model: 'gpt-5-chat', prompt: 'x', temperature: 0.2, maxTokens: 3, modelRules });
    expect(build(builder, {})).toMatchObject({ temperature: 0.2, max_tokens: 3 });
    expect(builder.warnings).toEqual([]);
    expect(builder.description).toEqual({ builder: 'chat', endpoint: '/v1/chat/completions', model: 'gpt-5-chat', prompt: 'x', temperature: 0.2, maxTokens: 3 });
  });
});

describe('what would be refused, known before the first record', () => {
  const prompt = 'x';
  test.each([
    ['temperature for gpt-5', () => chat({ model: 'gpt-5-mini', prompt, temperature: 0 }), 'invalid_request', 'temperature'],
    ['logprobs among params for o3', () => chat({ model: 'o3', prompt, params: { logprobs: true } }), 'invalid_request', 'logprobs'],
    ['max_tokens for gpt-5', () => chat({ model: 'gpt-5', prompt, max_tokens: 5 }), 'invalid_request', 'max_completion_tokens'],
    ['stream', () => chat({ model: 'gpt-4o', prompt, stream: true }), 'invalid_request', 'stream'],
    ['an embedding model for chat', () => chat({ model: 'text-embedding-3-small', prompt }), 'invalid_request', '/v1/embeddings'],
    ['a chat model for embeddings', () => embeddings({ model: 'gpt-4o', input: prompt }), 'invalid_request', '/v1/embeddings'],
    ['temperature for Claude', () => messages({ model: 'claude-opus-5', prompt, temperature: 1 }), 'invalid_request', '2026-10-21'],
    ['speed for Claude', () => messages({ model: 'claude-opus-5', prompt, speed: 'fast' }), 'invalid_request', 'speed'],
    ['max_tokens 0 for Claude', () => messages({ model: 'claude-opus-5', prompt, params: { max_tokens: 0 } }), 'invalid_request', 'at least 1'],
    ['a limit of 0', () => chat({ model: 'gpt-4o', prompt, maxTokens: 0 }), 'invalid_request', 'maxTokens'],
    ['no model', () => chat({ model: '', prompt }), 'invalid_option', 'model'],
    ['no prompt', () => chat({ model: 'gpt-4o' }), 'invalid_option', 'prompt'],
    ['prompt and messages', () => chat({ model: 'gpt-4o', prompt, messages: [] }), 'invalid_option', 'together'],
    ['input for chat', () => chat({ model: 'gpt-4o', input: prompt }), 'invalid_option', 'input'],
    ['system for embeddings', () => embeddings({ model: 'text-embedding-3-small', prompt, system: 'x' }), 'invalid_option', 'system'],
    ['a limit for embeddings', () => embeddings({ model: 'text-embedding-3-small', prompt, maxTokens: 5 }), 'invalid_option', 'limit'],
    ['a bad template', () => chat({ model: 'gpt-4o', prompt: '{{x' }), 'invalid_option', 'closes'],
    ['NaN', () => chat({ model: 'gpt-4o', prompt, temperature: Number.NaN }), 'invalid_option', 'temperature is NaN'],
    ['a function inside', () => chat({ model: 'gpt-4o', prompt, tools: [{ run: () => 1 }] }), 'invalid_option', 'tools.0.run'],
  ])('%s', (_name, make, code, word) => {
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(word) }));
  });

  test('an older API version takes temperature', () => {
    expect(build(messages({ model: 'claude-haiku-4-5', prompt, temperature: 1, apiVersion: '2023-06-01' }), {})).toMatchObject({ temperature: 1 });
  });
});

describe('what would be refused for one record', () => {
  test.each([
    ['temperature by record', chat({ model: 'gpt-5', prompt: 'x', temperature: () => 0 }), 'invalid_request'],
    ['a system message for Claude', messages({ model: 'claude-haiku-4-5', messages: [{ role: 'system', content: 'x' }] }), 'invalid_request'],
    ['a limit that is none', chat({ model: 'gpt-4o', prompt: 'x', maxTokens: () => 1.5 }), 'invalid_request'],
    ['a prompt function that gives nothing', chat({ model: 'gpt-4o', prompt: () => JSON.parse('null') as string }), 'template_error'],
    ['an absent field', chat({ model: 'gpt-4o', prompt: '{{nope}}' }), 'template_error'],
  ])('%s', (_name, builder, code) => {
    expect(() => build(builder, {})).toThrow(expect.objectContaining({ code }));
  });
});

test('the description of a job shows templates and the source of functions', () => {
  const { description } = chat({ model: 'gpt-4o', prompt: (value: Review) => value.text.trim(), seed: 1 });
  expect(description).toEqual({ builder: 'chat', endpoint: '/v1/chat/completions', model: 'gpt-4o', prompt: '(value) => value.text.trim()', seed: 1 });
});

test('types: the record is known where somebody says it, and an object of unknown fields else', () => {
  chat({ model: 'gpt-4o', prompt: (value) => { expectTypeOf(value).toEqualTypeOf<{ readonly [field: string]: unknown }>(); return ''; } });
  toRequests<Review>({
    body: chat({ model: (value) => value.id, prompt: (value, record) => { expectTypeOf(value).toEqualTypeOf<Review>(); return `${record.index}${value.text}`; } }),
    customId: (value) => value.id,
  });
  toRequests<Review>({
    // @ts-expect-error there is no such field
    body: chat({ model: 'gpt-4o', prompt: (value) => value.nope }),
  });
  expectTypeOf(chat({ model: 'gpt-4o', prompt: (value: Review) => value.text })).toEqualTypeOf<RequestBuilder<Review>>();
  const perRecord = messages({ model: 'claude-haiku-4-5', prompt: (value: Review) => value.text, metadata: (value: Review) => ({ user_id: value.id }) });
  expectTypeOf(perRecord).toEqualTypeOf<RequestBuilder<Review>>();
  // @ts-expect-error a model has a name
  expect(() => chat({ model: 3, prompt: 'x' })).toThrow('model');
});
