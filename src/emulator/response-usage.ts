import type { JsonObject } from './json.ts';

/** Tokens as OpenAI's Responses API counts them, and its batches do. */
export function responseUsage(input: number, output: number): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}
