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
  readonly #maxRequests: number;
  readonly #maxBytes: number;
  readonly #maxEmbeddingInputs: number;
  readonly #separatorBytes: number;
  requests = 0;
  embeddingInputs = 0;
  bytes: number;

  constructor(limits: ShardLimits) {
    this.#maxRequests = limits.maxRequests;
    this.#maxBytes = limits.maxBytes;
    this.#maxEmbeddingInputs = limits.maxEmbeddingInputs ?? Infinity;
    this.#separatorBytes = Buffer.byteLength(limits.envelope.separator);
    this.bytes = Buffer.byteLength(limits.envelope.prefix) + Buffer.byteLength(limits.envelope.suffix);
  }

  /** True if the request fits beside what is already there. */
  fits(size: RequestSize): boolean {
    return (
      this.requests + 1 <= this.#maxRequests &&
      this.bytes + this.#separator() + size.bytes <= this.#maxBytes &&
      this.embeddingInputs + size.embeddingInputs <= this.#maxEmbeddingInputs
    );
  }

  /** Counts in as many of some request lines, in order, as fit; returns how many these are. `offsets` are those of the lines, each with a separator before it. */
  addLines(offsets: Int32Array, from: number, to: number, embeddingInputs: number): number {
    const most = Math.min(to - from, this.#maxRequests - this.requests, embeddingInputs === 0 ? Infinity : Math.floor((this.#maxEmbeddingInputs - this.embeddingInputs) / embeddingInputs));
    const base = this.bytes - (offsets[from] ?? 0) - (this.requests === 0 ? this.#separatorBytes : 0);
    let count = most;
    while (count > 0 && base + (offsets[from + count] ?? 0) > this.#maxBytes) count -= 1;
    if (count === 0) return 0;
    this.bytes = base + (offsets[from + count] ?? 0);
    this.embeddingInputs += count * embeddingInputs;
    this.requests += count;
    return count;
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
