import type { MetadataLimits } from '../provider.ts';
import type { ShardLimits } from '../../shards/limits.ts';
import { formatRequest, frameRequest } from './wire.ts';

/**
 * What an OpenAI batch may hold: 50,000 requests, 209,715,200 bytes, 50,000 embedding inputs, one model and one endpoint.
 * Source: batch guide and the API's own error messages. No rule for `custom_id` is documented but that it is unique.
 */
export const openaiLimits: ShardLimits = {
  maxRequests: 50_000,
  maxBytes: 209_715_200,
  maxEmbeddingInputs: 50_000,
  oneModel: true,
  envelope: { prefix: '', separator: '\n', suffix: '\n' },
  extension: '.jsonl',
  customIdPattern: /^[^]{1,512}$/,
  formatRequest,
  frameRequest,
};

/** What the metadata of an OpenAI batch may hold. Source: API reference, batches. */
export const openaiMetadata: MetadataLimits = { maxPairs: 16, maxKeyLength: 64, maxValueLength: 512 };
