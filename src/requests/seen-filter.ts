const bitsPerId = 12;
/** Words of a block: one line of the processor's cache, in which all bits of an id lie. */
const blockWords = 16;
const leastIds = 1 << 20;

/**
 * A Bloom filter that grows: it says of a hash that it was surely never added, or that it may have been (of new ones, less than one in
 * a hundred). 12 bits an id, with all bits of an id in one cache line, so that asking costs one access to memory for each
 * layer. A layer has room for a fixed number of ids; the next one is half as large as all before it.
 */
export class SeenFilter {
  readonly #layers: Uint32Array[] = [];
  #room = 0;
  #total = 0;

  /** Makes room for this many more hashes. */
  makeRoom(count: number): void {
    if (this.#room >= count) return;
    const ids = Math.max(leastIds, this.#total / 2, count);
    const blocks = Math.ceil((ids * bitsPerId) / (blockWords * 32));
    this.#layers.unshift(new Uint32Array(blocks * blockWords));
    this.#room = ids;
    this.#total += ids;
  }

  /** Adds a hash of three words. */
  add(first: number, second: number, third: number): void {
    const [words] = this.#layers;
    if (words === undefined) return;
    const block = blockOf(words, third);
    for (let number = 0; number < 6; number += 1) {
      const bit = bitOf(first, second, number);
      words[block + (bit >>> 5)] = (words[block + (bit >>> 5)] ?? 0) | (1 << (bit & 31));
    }
    this.#room -= 1;
  }

  /** False if a hash was surely never added. */
  mayHave(first: number, second: number, third: number): boolean {
    for (const words of this.#layers) if (hasAll(words, blockOf(words, third), first, second)) return true;
    return false;
  }
}

function hasAll(words: Uint32Array, block: number, first: number, second: number): boolean {
  for (let number = 0; number < 6; number += 1) {
    const bit = bitOf(first, second, number);
    if (((words[block + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

function blockOf(words: Uint32Array, third: number): number {
  return Math.floor((third / 2 ** 32) * (words.length / blockWords)) * blockWords;
}

/** One of six numbers of nine bits: three lie in each word. The high bits of `first` are left to the table. */
function bitOf(first: number, second: number, number: number): number {
  return ((number < 3 ? second : first) >>> ((number % 3) * 9)) & 511;
}
