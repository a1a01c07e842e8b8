const probes = 4;
/** Segments whose bits share one word. */
const planeWidth = 32;

/**
 * Tells in which segments of a table an id may be, without looking into them: a Bloom filter for each segment, with the filters of 32
 * segments side by side, so that four words answer for all of them. It costs 16 bits for each cell of a segment, and errs once in a
 * thousand segments; it never misses one.
 */
export class SegmentFilter {
  readonly #rows: number;
  readonly #planes: Uint32Array[] = [];

  /** @param segmentCells a power of two */
  constructor(segmentCells: number) {
    this.#rows = segmentCells * 16;
  }

  /** Number of planes: segments from `32 * plane` on, 32 of them each. */
  get planes(): number {
    return this.#planes.length;
  }

  /** Notes an id, by its hash, in a segment. */
  add(first: number, second: number, segment: number): void {
    const number = Math.floor(segment / planeWidth);
    const plane = (this.#planes[number] ??= new Uint32Array(this.#rows));
    const bit = 1 << segment % planeWidth;
    const step = stepOf(first);
    const last = this.#rows - 1;
    for (let probe = 0, at = second | 0; probe < probes; probe += 1, at = (at + step) | 0) plane[at & last] = (plane[at & last] ?? 0) | bit;
  }

  /** The segments of a plane that may hold an id, one bit each. */
  candidates(first: number, second: number, plane: number): number {
    const words = this.#planes[plane];
    if (words === undefined) return 0;
    const last = this.#rows - 1;
    const step = stepOf(first);
    let bits = words[second & last] ?? 0;
    for (let probe = 1, at = (second + step) | 0; probe < probes && bits !== 0; probe += 1, at = (at + step) | 0) bits &= words[at & last] ?? 0;
    return bits;
  }
}

/** Odd, so that it leads through all rows. */
function stepOf(first: number): number {
  return first | 1;
}
