import { getRandomValues } from 'node:crypto';

const { imul } = Math;

/**
 * A 96-bit hash of ids, seeded anew for each hasher: among 50 million ids two agree with a chance of about 10^-14, whatever the ids,
 * so that a table may keep the hash in place of the id. Not for secrets. `first`, `second` and `third` hold the last hash.
 *
 * It takes two UTF-16 units at a time, not UTF-8 bytes: no copy is made, and ids that differ only in lone surrogates stay different.
 * Each step is a bijection of the three lanes together, so that texts can only meet where three lanes meet at once.
 */
export class IdHasher {
  first = 0;
  second = 0;
  third = 0;
  /** With it another hasher gives the same hashes. */
  readonly seed: Uint32Array;

  constructor(seed: Uint32Array = getRandomValues(new Uint32Array(3))) {
    this.seed = seed;
  }

  /** Hashes an id into `first`, `second` and `third`, each an unsigned 32-bit number. */
  update(id: string): void {
    const { length } = id;
    let a = (this.seed[0] ?? 0) ^ length;
    let b = this.seed[1] ?? 0;
    let c = this.seed[2] ?? 0;
    for (let at = 0; at < length; at += 2) {
      const pair = id.charCodeAt(at) | (at + 1 < length ? id.charCodeAt(at + 1) << 16 : 0);
      a = (rotate(imul(a ^ pair, 0x2c1b3c6d), 13) + b) | 0;
      b = (rotate(imul(b + pair, 0x297a2d39), 17) + c) | 0;
      c = (rotate(imul(c ^ rotate(pair, 16), 0x1b56c4e9), 11) + a) | 0;
    }
    this.first = avalanche(a ^ rotate(c, 7));
    this.second = avalanche(b + this.first);
    this.third = avalanche(c ^ this.second);
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Lets each bit of a word decide over all of them. */
function avalanche(word: number): number {
  const once = imul(word ^ (word >>> 16), 0x7feb352d);
  const twice = imul(once ^ (once >>> 15), 0x846ca68b | 0);
  return (twice ^ (twice >>> 16)) >>> 0;
}
