import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costOf, highestRate, rateAt } from '../../src/report/model-price.ts';
import { openPrices } from '../../src/report/prices.ts';
import type { PriceTable } from '../../src/report/price-file.ts';

const at = Date.UTC(2026, 10, 22);
const openaiScope = { provider: 'openai', at };
const anthropicScope = { provider: 'anthropic', baseUrl: 'https://api.anthropic.com', at };

function priceFile(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'millrace-prices-')), 'prices.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** What `costOf` says, once the price is known. */
async function cost(model: string, scope: typeof openaiScope, usage: Parameters<typeof costOf>[1], service: 'batch' | 'synchronous' = 'batch', prices?: string | PriceTable) {
  const price = (await openPrices(prices, scope))(model);
  return price && costOf(price, usage, service);
}

describe('prices that come along', () => {
  it.each([
    // Half of the regular price: what the providers publish for batches.
    ['gpt-5-nano', openaiScope, 0.025, 0.2],
    ['gpt-4o-mini-2024-07-18', openaiScope, 0.075, 0.3],
    ['gpt-4.1-nano', openaiScope, 0.05, 0.2],
    ['claude-sonnet-4-6', anthropicScope, 1.5, 7.5],
    ['claude-haiku-4-5-20251001', anthropicScope, 0.5, 2.5],
  ])('of a batch with %s are those of the price list', async (model, scope, input, output) => {
    expect(await cost(model, scope, { inputTokens: 100_000, outputTokens: 0 })).toBeCloseTo(input / 10, 12);
    expect(await cost(model, scope, { inputTokens: 0, outputTokens: 1_000_000 })).toBeCloseTo(output, 12);
    expect(await cost(model, scope, { inputTokens: 0, outputTokens: 1_000_000 }, 'synchronous')).toBeCloseTo(output * 2, 12);
  });

  it.each([
    ['groq', 'https://api.groq.com/openai/v1', 'llama-3.1-8b-instant', 0.5 * 0.05],
    ['xAI, which gives less', 'https://api.x.ai/v1', 'grok-4', 0.8 * 3],
    ['an unknown address that speaks the wire of OpenAI', 'http://127.0.0.1:8787/v1', 'gpt-4o-mini', 0.5 * 0.15],
  ])('are those of %s, told by its address', async (_name, baseUrl, model, usd) => {
    expect(await cost(model, { provider: 'openai', baseUrl, at } as typeof openaiScope, { inputTokens: 100_000, outputTokens: 0 })).toBeCloseTo(usd / 10, 12);
  });

  it('are unknown for a model that nobody knows, and never 0', async () => {
    const find = await openPrices(undefined, openaiScope);
    expect([find('gpt-99'), find('claude-haiku-4-5'), find('')]).toEqual([undefined, undefined, undefined]);
    // Sound and pictures have a price of its own, and results do not tell them apart.
    expect([find('gpt-audio'), find('gpt-image-1')]).toEqual([undefined, undefined]);
    // Embeddings have no price for what comes out.
    const embedding = find('text-embedding-3-small');
    expect(embedding && costOf(embedding, { inputTokens: 1, outputTokens: 1 }, 'batch')).toBeUndefined();
  });

  it('know that moderation is free', async () => {
    expect(await cost('omni-moderation-latest', openaiScope, { inputTokens: 500, outputTokens: 0 })).toBe(0);
  });

  it('are looked up once for each model', async () => {
    const find = await openPrices(undefined, openaiScope);
    expect(find('gpt-5-mini')).toBe(find('gpt-5-mini'));
    expect(find('gpt-5-mini')).toBeDefined();
  });

  it('rise for long requests where the provider says so', async () => {
    const price = (await openPrices(undefined, openaiScope))('gpt-6-luna');
    if (!price) throw new Error('no price');
    expect([rateAt(price.input, 272_000), rateAt(price.input, 272_001)]).toEqual([0.1, 0.2]);
    expect(highestRate([price.input, price.output])).toBe(0.75);
    expect(costOf(price, { inputTokens: 300_000, outputTokens: 1000 }, 'synchronous')).toBeCloseTo(0.3 * 0.2 + 0.001 * 0.75, 12);
  });
});

describe('the cost of one answer', () => {
  // Worked out by hand from the price page: Haiku 4.5 is 1 in, 5 out, 0.10 read, 1.25 written for 5 minutes, 2 for an hour.
  it('counts each kind of token once, at its own price', async () => {
    const usage = { inputTokens: 10_000, cachedInputTokens: 4000, cacheWriteTokens: 3000, cacheWrite1hTokens: 1000, outputTokens: 500, reasoningTokens: 200 };
    // 3,000 fresh, 4,000 read, 2,000 for 5 minutes, 1,000 for an hour, 500 out.
    const regular = (3000 * 1 + 4000 * 0.1 + 2000 * 1.25 + 1000 * 2 + 500 * 5) / 1_000_000;
    expect(regular).toBeCloseTo(0.0104, 12);
    expect(await cost('claude-haiku-4-5', anthropicScope, usage)).toBeCloseTo(0.0052, 12);
    expect(await cost('claude-haiku-4-5', anthropicScope, usage, 'synchronous')).toBeCloseTo(0.0104, 12);
  });

  it('is unknown where tokens were written to a cache at a price that is not known', async () => {
    const models = { m: { input: 1, output: 2, cacheWrite: 3 } };
    expect(await cost('m', openaiScope, { inputTokens: 10, cacheWriteTokens: 5, outputTokens: 0 }, 'batch', { models })).toBeCloseTo((5 * 1 + 5 * 3) / 2e6, 15);
    expect(await cost('m', openaiScope, { inputTokens: 10, cacheWriteTokens: 5, cacheWrite1hTokens: 1, outputTokens: 0 }, 'batch', { models })).toBeUndefined();
  });

  it('is never negative, whatever the provider counts', async () => {
    expect(await cost('gpt-5-mini', openaiScope, { inputTokens: 0, cachedInputTokens: 50, outputTokens: -3, reasoningTokens: -9 })).toBeGreaterThanOrEqual(0);
  });
});

describe('a price file', () => {
  it('wins over the list, also for dated names, and leaves other models to it', async () => {
    const path = priceFile({ batchFactor: 0.8, models: { 'gpt-5-mini': { input: 10, output: 20, reasoning: 30 }, mine: { input: 1, batchFactor: 0.25 } } });
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000, reasoningTokens: 500_000 };
    expect(await cost('gpt-5-mini-2025-08-07', openaiScope, usage, 'batch', path)).toBeCloseTo(0.8 * (10 + 10 + 15), 10);
    expect(await cost('mine', openaiScope, { inputTokens: 1_000_000, outputTokens: 0 }, 'batch', path)).toBeCloseTo(0.25, 10);
    expect(await cost('gpt-4o-mini', openaiScope, { inputTokens: 1_000_000, outputTokens: 0 }, 'batch', path)).toBeCloseTo(0.8 * 0.15, 10);
  });

  it("may be LiteLLM's", async () => {
    const path = priceFile({
      sample_spec: { input_cost_per_token: 0, output_cost_per_token: 0 },
      'gpt-4o': {
        input_cost_per_token: 2.5e-6, output_cost_per_token: 1e-5, cache_read_input_token_cost: 1.25e-6,
        input_cost_per_token_batches: 1.25e-6, output_cost_per_token_batches: 6e-6, max_input_tokens: 128_000, litellm_provider: 'openai',
      },
      'anthropic/claude-x': {
        input_cost_per_token: 1e-6, output_cost_per_token: 5e-6, cache_creation_input_token_cost: 1.25e-6, cache_creation_input_token_cost_above_1hr: 2e-6,
        input_cost_per_token_above_200k_tokens: 2e-6, output_cost_per_token_above_200k_tokens: 7.5e-6,
      },
      'dall-e-3': { input_cost_per_pixel: 4e-8 },
    });
    // In: 800,000 fresh and 200,000 read at half price; out: its own batch price.
    expect(await cost('gpt-4o-2024-08-06', openaiScope, { inputTokens: 1_000_000, cachedInputTokens: 200_000, outputTokens: 1_000_000 }, 'batch', path)).toBeCloseTo((0.8 * 2.5 + 0.2 * 1.25) / 2 + 6, 10);
    const anthropic = { ...anthropicScope };
    expect(await cost('claude-x', anthropic, { inputTokens: 100_000, cacheWriteTokens: 100_000, cacheWrite1hTokens: 60_000, outputTokens: 0 }, 'batch', path)).toBeCloseTo((0.04 * 1.25 + 0.06 * 2) / 2, 10);
    expect(await cost('claude-x', anthropic, { inputTokens: 300_000, outputTokens: 100_000 }, 'synchronous', path)).toBeCloseTo(0.3 * 2 + 0.1 * 7.5, 10);
  });

  it.each([
    ['no JSON', '{', /cannot be used/],
    ['a list', [], /must be a JSON object/],
    ['nothing that is a price', { a: { b: 1 } }, /neither "models"/],
    ['a price below 0', { models: { m: { input: -1 } } }, /"input" of "m" must be a number from 0 on, not -1/],
    ['no price for what goes in', { models: { m: { output: 1 } } }, /"input" of "m" must be a number from 0 on, not missing/],
    ['a misspelled field', { models: { m: { input: 1, ouput: 2 } } }, /unknown field "ouput"/],
    ['a misspelled key', { models: {}, batchfactor: 1 }, /"batchfactor" is not known/],
  ])('with %s is refused', async (_name, content, message) => {
    const path = priceFile(content);
    await expect(openPrices(path, openaiScope)).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringMatching(message) as unknown, context: { file: path } });
  });

  it('that is not there is named', async () => {
    await expect(openPrices('nowhere.json', openaiScope)).rejects.toMatchObject({ code: 'file_not_found' });
  });
});
