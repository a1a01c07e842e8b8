import type { QueueLimits } from '../provider.ts';

/** Requests that may wait, whatever the models; the numbered tiers are those of the older scheme. Source: rate limits page, 2026. */
const maxRequestsByTier: Readonly<Record<string, number>> = { start: 200_000, build: 300_000, scale: 500_000, '1': 100_000, '2': 200_000, '3': 300_000, '4': 500_000 };

/** What may wait at Anthropic in a usage tier: `start`, `build`, `scale`, or `1` to `4`; `undefined` for any other. Tokens are not counted there. */
export function anthropicQueue(tier: string): QueueLimits | undefined {
  return Object.hasOwn(maxRequestsByTier, tier) ? { maxRequests: maxRequestsByTier[tier] ?? Infinity } : undefined;
}
