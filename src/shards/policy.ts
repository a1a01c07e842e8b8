import type { ShardLimits } from './limits.ts';

/** What one request takes up in a shard. */
export interface RequestSize {
  /** Bytes of the encoded request line, without separator. */
  readonly bytes: number;
  readonly embeddingInputs: number;
}

/**
 * Counts one shard against the limits: the decision where a shard ends, apart from files and streams.
 * `bytes` is always the size the file would have if it were closed now, envelope and separators included.
 */
export class ShardPolicy {
  readonly #limits: ShardLimits;
  readonly #separatorBytes: number;
  requests = 0;
  embeddingInputs = 0;
  bytes: number;

  constructor(limits: ShardLimits) {
    this.#limits = limits;
    this.#separatorBytes = Buffer.byteLength(limits.envelope.separator);
    this.bytes = Buffer.byteLength(limits.envelope.prefix) + Buffer.byteLength(limits.envelope.suffix);
  }

  /** True if the request fits beside what is already there. */
  fits(size: RequestSize): boolean {
    const { maxRequests, maxBytes, maxEmbeddingInputs = Infinity } = this.#limits;
    return (
      this.requests + 1 <= maxRequests &&
      this.bytes + this.#separator() + size.bytes <= maxBytes &&
      this.embeddingInputs + size.embeddingInputs <= maxEmbeddingInputs
    );
  }

  /** Counts a request in. */
  add(size: RequestSize): void {
    this.bytes += this.#separator() + size.bytes;
    this.embeddingInputs += size.embeddingInputs;
    this.requests += 1;
  }

  #separator(): number {
    return this.requests === 0 ? 0 : this.#separatorBytes;
  }
}

/** How many embedding inputs a request has: an array of texts, or of token lists, counts by element. */
export function embeddingInputsOf(endpoint: string, input: unknown): number {
  if (!endpoint.endsWith('/embeddings')) return 0;
  return Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
}
