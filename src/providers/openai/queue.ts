import type { QueueLimits } from '../provider.ts';

const [K, M, B] = [1e3, 1e6, 1e9];

/** Prompt tokens that may wait for one model, in tiers 1 to 5. Source: the models' own pages, as of August 2026; they change. */
const tables: readonly (readonly [models: string, tiers: readonly number[]])[] = [
  ['gpt-5.6-sol gpt-5.6-terra gpt-5.6-cyber gpt-5.5 gpt-5.4 gpt-5.2 gpt-5.1 gpt-5', [1.5 * M, 3 * M, 100 * M, 200 * M, 15 * B]],
  ['gpt-5.6-luna gpt-5.4-mini gpt-5.4-nano gpt-5-mini', [5 * M, 20 * M, 40 * M, B, 15 * B]],
  ['gpt-5-nano gpt-4.1-mini gpt-4.1-nano gpt-4o-mini', [2 * M, 20 * M, 40 * M, B, 15 * B]],
  ['gpt-4o gpt-4.1 o1 o1-pro o3 o3-pro gpt-5-pro gpt-5.2-pro', [90 * K, 1.35 * M, 50 * M, 200 * M, 5 * B]],
  ['o3-mini o4-mini codex-mini-latest', [M, 2 * M, 40 * M, B, 15 * B]],
  ['gpt-5.5-pro', [500 * K, M, 10 * M, 20 * M, 1.5 * B]],
  ['o3-deep-research o4-mini-deep-research', [200 * K, 300 * K, 500 * K, 2 * M, 10 * M]],
  ['gpt-3.5-turbo', [2 * M, 5 * M, 50 * M, B, 10 * B]],
  ['gpt-4-turbo', [90 * K, 1.35 * M, 40 * M, 80 * M, 300 * M]],
  ['text-embedding-3-large text-embedding-3-small text-embedding-ada-002', [3 * M, 20 * M, 100 * M, 500 * M, 4 * B]],
];
const tokensByModel = new Map(tables.flatMap(([models, tiers]) => models.split(' ').map((model) => [model, tiers] as const)));

/** Source: batch guide. */
const maxBatchesPerHour = 2000;

/** What may wait at OpenAI in a usage tier, `1` to `5`; `undefined` for any other. A model that is not in the tables has no limit of tokens here. */
export function openaiQueue(tier: string, model = ''): QueueLimits | undefined {
  if (!/^[1-5]$/.test(tier)) return undefined;
  const maxTokens = tokensByModel.get(model.replace(/-\d{4}-\d\d-\d\d$/, ''))?.[Number(tier) - 1];
  return { maxBatchesPerHour, ...(maxTokens === undefined ? {} : { maxTokens }) };
}
