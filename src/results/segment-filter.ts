/** Three words in each of two lines of memory. */
const probes = 6;
const lineWords = 16;
/** Segments whose bits share one word. */
const planeWidth = 32;

/**
 * Tells in which segments of a table an id may be, without looking into them: a Bloom filter for each segment, with the filters of 32
 * segments side by side, so that six words answer for all of them. It costs 16 bits for each cell of a segment, and errs fifteen times in ten thousand segments; it
 * never misses one.
 */
export class SegmentFilter {
  readonly #rows: number;
  readonly #lastLine: number;
  readonly #planes: Uint32Array[] = [];

  /** @param segmentCells a power of two */
  constructor(segmentCells: number) {
    this.#rows = segmentCells * lineWords;
    this.#lastLine = segmentCells - 1;
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
    for (let probe = 0; probe < probes; probe += 1) {
      const at = this.#row(first, second, probe);
      plane[at] = (plane[at] ?? 0) | bit;
    }
  }

  /** The segments of a plane that may hold an id, one bit each. */
  candidates(first: number, second: number, plane: number): number {
    const words = this.#planes[plane];
    if (words === undefined) return 0;
    let bits = -1;
    for (let probe = 0; probe < probes && bits !== 0; probe += 1) bits &= words[this.#row(first, second, probe)] ?? 0;
    return bits;
  }

  /** The row of a probe: three of them stand in one line of the processor's cache, which is what a probe costs. */
  #row(first: number, second: number, probe: number): number {
    const line = probe < probes / 2 ? second : Math.imul(first, 0x2545f491);
    return (((line >>> 4) & this.#lastLine) * lineWords) | ((first >>> (probe * 4)) & (lineWords - 1));
  }
}
