import type { ShardLimits } from '../shards/limits.ts';

/** Smaller shards than the provider allows. */
export type OwnLimits = Partial<Pick<ShardLimits, 'maxRequests' | 'maxBytes'>>;

/** The provider's limits, or the user's own where they are smaller. */
export function tighten(limits: ShardLimits, { maxRequests = Infinity, maxBytes = Infinity }: OwnLimits = {}): ShardLimits {
  return { ...limits, maxRequests: Math.min(limits.maxRequests, maxRequests), maxBytes: Math.min(limits.maxBytes, maxBytes) };
}
