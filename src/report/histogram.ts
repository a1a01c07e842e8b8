/** How many values fall where. Plain data: what {@link HistogramBuilder} counted. */
export interface Histogram {
  /** Lower edges of the buckets after the first, rising: the first bucket holds what is below `edges[0]`, the last what is not below the last edge. */
  readonly edges: readonly number[];
  /** One more than there are edges. */
  readonly counts: readonly number[];
  readonly total: number;
  readonly sum: number;
  /** Smallest and largest value; 0 where there is none. */
  readonly min: number;
  readonly max: number;
}

/** Edges for tokens: 1, 2, 5, 10, ... 1,000,000. */
export const tokenEdges: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000].flatMap((power) => [power, 2 * power, 5 * power]).concat(1_000_000);

const [second, minute, hour] = [1_000, 60_000, 3_600_000];
/** Edges for times that batches take, in milliseconds: from a second to two days. */
export const latencyEdges: readonly number[] = [
  ...[1, 2, 5, 10, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 30].map((count) => count * minute),
  ...[1, 2, 4, 8, 12, 24, 48].map((count) => count * hour),
];

/** Counts values into fixed buckets: however many there are, it stays as small. */
export class HistogramBuilder {
  readonly #edges: readonly number[];
  readonly #counts: number[];
  #total = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  /** @param edges rising */
  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#counts = Array.from({ length: edges.length + 1 }, () => 0);
  }

  /** Counts one value. */
  add(value: number): void {
    const found = this.#edges.findIndex((edge) => value < edge);
    const bucket = found < 0 ? this.#edges.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  build(): Histogram {
    const isEmpty = this.#total === 0;
    return { edges: this.#edges, counts: [...this.#counts], total: this.#total, sum: this.#sum, min: isEmpty ? 0 : this.#min, max: isEmpty ? 0 : this.#max };
  }
}

/**
 * The edge that at least this share of the values is below, or the largest value where that is smaller; buckets tell no more. Pure.
 *
 * @param share from 0 to 1
 */
export function quantileBound({ edges, counts, total, max }: Histogram, share: number): number {
  let passed = 0;
  for (const [bucket, count] of counts.entries()) {
    passed += count;
    if (passed >= share * total) return Math.min(max, edges[bucket] ?? max);
  }
  return max;
}
