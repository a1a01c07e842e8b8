import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyError, bodyErrors, partError } from '../../src/requests/body-rules.ts';
import { bodyWarnings, promptWarnings } from '../../src/requests/body-warnings.ts';
import type { BodyRules } from '../../src/requests/body-finding.ts';
import { defaultModelRules } from '../../src/requests/models.ts';
import type { JsonObject, JsonValue } from '../../src/records/record.ts';

const rules = (endpoint: string, own: Partial<BodyRules> = {}): BodyRules => ({ endpoint, modelRules: defaultModelRules, apiVersion: '2026-10-21', ...own });
const chatBody = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };

test('what is missing is an error of a whole body, and none of a part', () => {
  expect([...bodyErrors({}, rules('/v1/messages'))].map(({ message }) => message)).toEqual([
    'the body needs a `model`: its name as text.',
    '/v1/messages needs `max_tokens`: add it to the body.',
    '/v1/messages needs `messages`: add it to the body.',
  ]);
  expect(partError({}, rules('/v1/messages'))).toBeUndefined();
  expect(partError({ stream: true }, rules('/v1/messages'))).toMatchObject({ rule: 'streaming', place: ['stream'] });
});

test('endpoints as other servers spell them, and those of which nothing is known', () => {
  const hot = { ...chatBody, model: 'gpt-5', temperature: 1 };
  for (const endpoint of ['/v1/chat/completions', '/chat/completions', '/v4/chat/completions']) expect(bodyError(hot, rules(endpoint))).toMatchObject({ rule: 'unsupported_parameter' });
  expect([...bodyErrors({ model: 'my-model', prompt: 'x' }, rules('/v1/images/generations'))]).toEqual([]);
  expect([...bodyWarnings({ model: 'my-model', prompt: 'x', size: 1 }, rules('/v1/images/generations'))].map(({ rule }) => rule)).toEqual(['unknown_model']);
});

test('rules of models of your own replace the list', () => {
  const modelRules = [{ pattern: /^mine$/, endpoints: ['/v1/chat/completions'], refuses: ['seed'], contextTokens: 10 }];
  const body = { model: 'mine', seed: 1, messages: [{ role: 'user', content: 'x'.repeat(60) }] };
  expect(bodyError(body, rules('/v1/chat/completions', { modelRules }))).toMatchObject({ rule: 'unsupported_parameter', place: ['seed'] });
  expect([...bodyWarnings(body, rules('/v1/chat/completions', { modelRules }))]).toEqual([{ rule: 'context_overflow', place: [], message: 'the prompt has 12 tokens or more; mine can hold 10. Shorten the record.' }]);
  expect(bodyError({ ...chatBody, model: 'gpt-5', temperature: 1 }, rules('/v1/chat/completions', { modelRules }))).toBeUndefined();
});

describe('how long a prompt is', () => {
  const overflows = (model: string, units: number, more: JsonObject = {}) => [...bodyWarnings({ model, messages: [{ role: 'user', content: 'x'.repeat(units) }], ...more }, rules('/v1/chat/completions'))].some(({ rule }) => rule === 'context_overflow');

  test.each([
    ['gpt-3.5-turbo', 16_385],
    ['gpt-4o-mini', 128_000],
    ['ft:gpt-4o:acme::1', 128_000],
    ['gpt-5-mini', 400_000],
    ['gpt-5.2-pro', 400_000],
    ['gpt-5.4-mini', 400_000],
    ['o3', 200_000],
    ['gpt-4.1-nano', 1_047_576],
    ['gpt-5.5', 1_050_000],
    ['claude-haiku-4-5-20251001', 200_000],
    ['claude-sonnet-4-20250514', 200_000],
    ['claude-opus-4-1', 200_000],
    ['claude-opus-4-6', 1_000_000],
    ['claude-sonnet-5', 1_000_000],
  ])('%s holds %i tokens', (model, window) => {
    expect([overflows(model, window * 5), overflows(model, window * 5 + 1)]).toEqual([false, true]);
  });

  test('the answer needs room as well', () => {
    expect(overflows('gpt-4o', 400_000, { max_completion_tokens: 48_000 })).toBe(false);
    expect(overflows('gpt-4o', 400_000, { max_completion_tokens: 48_001 })).toBe(true);
  });

  test('a model that nobody knows is not judged', () => expect(overflows('my-model', 10_000_000)).toBe(false));
});

test('property: the short way to see that a prompt is fine never hides a warning', () => {
  const text = fc.oneof(fc.constantFrom('', ' ', 'hi', 'x'.repeat(1990), 'é'.repeat(2500), 'x'.repeat(30_000)), fc.string());
  const content: fc.Arbitrary<JsonValue> = fc.oneof(text, fc.constant(null), fc.array(fc.oneof(text.map((value) => ({ type: 'text', text: value })), fc.constant({ type: 'image_url' }))));
  const turn = fc.record({ role: fc.constantFrom('user', 'system', 'assistant'), content });
  const asked = fc.oneof(text, fc.array(fc.oneof(turn, text)), fc.constant(null));
  const limit = fc.constantFrom(undefined, 1, 2048, 4096, 500_000);
  const body = fc.record({ model: fc.constantFrom('gpt-3.5-turbo-instruct', 'gpt-4o', 'other'), messages: asked, input: asked, prompt: asked, system: text, instructions: text, max_tokens: limit, max_completion_tokens: limit }, { requiredKeys: ['model'] });
  fc.assert(
    fc.property(body, fc.constantFrom('/v1/chat/completions', '/v1/completions', '/v1/responses'), (given, endpoint) => {
      // A copy of the list is one of your own, and goes the long way.
      const long = promptWarnings(given, rules(endpoint, { modelRules: [...defaultModelRules] }));
      expect(promptWarnings(given, rules(endpoint))).toEqual(long);
    }),
    { numRuns: 3000, seed: 5 },
  );
});
