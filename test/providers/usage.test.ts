import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/records/record.ts';
import type { BatchResult, Usage } from '../../src/results/result.ts';
import { parseResult as fromAnthropic } from '../../src/providers/anthropic/wire.ts';
import { parseResult as fromOpenai } from '../../src/providers/openai/wire.ts';

const usageIn = (result: BatchResult | undefined) => (result?.kind === 'answered' ? result.answer.usage : undefined);
const anthropicUsage = (usage: JsonObject) => usageIn(fromAnthropic({ custom_id: 'a', result: { type: 'succeeded', message: { content: [], usage } } }));
const openaiUsage = (usage: JsonObject) => usageIn(fromOpenai({ custom_id: 'a', response: { status_code: 200, body: { choices: [], usage } }, error: null }));

it.each<[string, JsonObject, Usage]>([
  [
    'cache writes of both kinds, beside the input',
    { input_tokens: 10, cache_creation_input_tokens: 556, cache_read_input_tokens: 100, output_tokens: 7, cache_creation: { ephemeral_5m_input_tokens: 456, ephemeral_1h_input_tokens: 100 } },
    { inputTokens: 666, cachedInputTokens: 100, cacheWriteTokens: 556, cacheWrite1hTokens: 100, outputTokens: 7 },
  ],
  ['a split without its sum', { input_tokens: 1, output_tokens: 2, cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 } }, { inputTokens: 8, cacheWriteTokens: 7, cacheWrite1hTokens: 4, outputTokens: 2 }],
  ['a sum without split', { input_tokens: 1, cache_creation_input_tokens: 5, output_tokens: 2 }, { inputTokens: 6, cacheWriteTokens: 5, outputTokens: 2 }],
  ['no cache', { input_tokens: 1, output_tokens: 2, cache_creation: null }, { inputTokens: 1, outputTokens: 2 }],
])('Anthropic counts %s', (_name, usage, expected) => {
  expect(anthropicUsage(usage)).toEqual(expected);
});

it.each<[string, JsonObject, Usage]>([
  [
    'the parts of chat usage',
    { prompt_tokens: 20, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 6 }, completion_tokens_details: { reasoning_tokens: 5 } },
    { inputTokens: 20, cachedInputTokens: 4, cacheWriteTokens: 6, outputTokens: 9, reasoningTokens: 5 },
  ],
  ['those of responses', { input_tokens: 20, output_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens_details: { reasoning_tokens: 0 } }, { inputTokens: 20, cachedInputTokens: 4, outputTokens: 9, reasoningTokens: 0 }],
])('OpenAI counts %s', (_name, usage, expected) => {
  expect(openaiUsage(usage)).toEqual(expected);
});
