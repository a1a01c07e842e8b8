import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { outcomeOf, type Outcome } from '../../src/join/outcome.ts';
import { parseResultLine } from '../../src/results/parse.ts';
import { fixture } from './joining.ts';

function outcomesIn(name: string): Record<string, Outcome> {
  const lines = readFileSync(fixture(name), 'utf8').trimEnd().split('\n');
  const outcomes = lines.map((line) => {
    const parsed = parseResultLine(Buffer.from(line));
    if (parsed.kind !== 'result') throw new Error(`${line} is ${parsed.kind}`);
    return outcomeOf(parsed.result, { customId: parsed.result.customId });
  });
  return Object.fromEntries(outcomes.map((outcome) => [outcome.customId, outcome]));
}

const endpoints = outcomesIn('endpoints-output.jsonl');

it.each<[string, Partial<Outcome>]>([
  [
    'responses',
    {
      status: 'succeeded',
      text: 'forty-two',
      finishReason: 'stop',
      model: 'gpt-5-2025-08-07',
      usage: { inputTokens: 30, outputTokens: 70, cachedInputTokens: 8, reasoningTokens: 64 },
    },
  ],
  ['responses-incomplete', { status: 'unusable', reason: 'truncated', finishReason: 'length' }],
  ['responses-filtered', { status: 'unusable', reason: 'filtered', finishReason: 'content_filter', text: 'He' }],
  ['responses-call', { status: 'succeeded', finishReason: 'tool_calls', toolCalls: [{ id: 'call_Zx', name: 'label', arguments: '{"label":"good"}' }] }],
  ['responses-refusal', { status: 'unusable', reason: 'refused', finishReason: 'refusal', text: 'I cannot assist with that.' }],
  ['responses-failed', { status: 'errored', reason: 'server_error' }],
  ['embedding', { status: 'succeeded', embedding: [0.25, -0.5, 0.125], model: 'text-embedding-3-small', usage: { inputTokens: 5, outputTokens: 0 } }],
  ['embeddings', { status: 'succeeded', embedding: [[0.25], [0.5]] }],
  ['embedding-base64', { status: 'succeeded', embedding: 'AACAPgAAAL8=' }],
  ['completion', { status: 'succeeded', text: '\n\nhello', finishReason: 'stop' }],
  ['moderation', { status: 'succeeded', output: { flagged: false, categories: { violence: false }, category_scores: { violence: 0.0001 } } }],
  ['image', { status: 'succeeded', output: [{ b64_json: 'iVBORw0KGgo=' }], usage: { inputTokens: 12, outputTokens: 272 } }],
  ['video', { status: 'succeeded', output: { id: 'video_1', object: 'video', status: 'completed', model: 'sora-2', seconds: '4' } }],
])('OpenAI answer: %s', (customId, expected) => {
  expect(endpoints[customId]).toMatchObject(expected);
});

it('OpenAI endpoints with another kind of answer have no text', () => {
  for (const customId of ['embedding', 'moderation', 'image', 'video', 'responses-call']) expect(endpoints[customId]).not.toHaveProperty('text');
});

const servers = outcomesIn('compatible-output.jsonl');

it.each<[string, Partial<Outcome>]>([
  ['azure', { status: 'succeeded', text: 'azure text' }],
  ['groq', { status: 'succeeded', text: 'groq text', usage: { inputTokens: 36, outputTokens: 2 } }],
  ['zhipu', { status: 'succeeded', text: 'zhipu text' }],
  ['together', { status: 'succeeded', text: 'together text', finishReason: 'stop', usage: { inputTokens: 7, outputTokens: 50, reasoningTokens: 40 } }],
  ['together-error', { status: 'errored', reason: 'batch_client_error' }],
  ['mistral', { status: 'succeeded', text: 'mistral text' }],
  [
    'mistral-error',
    {
      status: 'errored',
      reason: '3051',
      error: { code: '3051', message: 'Invalid temperature', type: 'invalid_request_error', param: 'temperature' },
    },
  ],
  ['fireworks', { status: 'succeeded', text: 'fireworks text', usage: { inputTokens: 7, outputTokens: 3 } }],
  ['vllm', { status: 'succeeded', text: 'vllm text' }],
  ['vllm-error', { status: 'errored', reason: 'BadRequestError' }],
  ['vllm-string', { status: 'errored', reason: 'http_400', error: { code: 'http_400', message: 'URL /v1/foo was used. Supported endpoints: /v1/chat/completions' } }],
  ['deepinfra-error', { status: 'errored', reason: 'http_500' }],
  ['doubleword-error', { status: 'errored', reason: 'rate_limit' }],
  ['status-zero', { status: 'errored', reason: 'http_0' }],
  ['no-status', { status: 'succeeded', text: 'no status' }],
  ['proxy-page', { status: 'errored', error: { code: 'unknown_error', message: '<html><body>502 Bad Gateway</body></html>' } }],
  ['both-set', { status: 'errored', reason: 'server_error' }],
  ['nothing', { status: 'errored', reason: 'unknown_error' }],
  ['17', { status: 'succeeded', text: 'numeric id' }],
])('compatible server: %s', (customId, expected) => {
  expect(servers[customId]).toMatchObject(expected);
});
