import type { ShardLimits } from '../../shards/limits.ts';
import { formatRequest, frameRequest } from './wire.ts';

/**
 * What an Anthropic message batch may hold: 100,000 requests and 256 MB of body; models may be mixed.
 * The shard file is the exact body of the create call. Source: Message Batches guide.
 */
export const anthropicLimits: ShardLimits = {
  maxRequests: 100_000,
  maxBytes: 256_000_000,
  oneModel: false,
  envelope: { prefix: '{"requests":[', separator: ',\n', suffix: ']}' },
  extension: '.json',
  customIdPattern: /^[a-zA-Z0-9_-]{1,64}$/,
  formatRequest,
  frameRequest,
};
