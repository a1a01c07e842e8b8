import { createHash } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

type Part = string | number;

/** A source of numbers in [0, 1). The same seed gives the same numbers. */
export type Random = () => number;

function digest(parts: readonly Part[]): Buffer {
  return createHash('sha512').update(parts.join('\0')).digest();
}

/** `length` (at most 128) hex digits that depend on the parts alone. */
export function hexId(length: number, ...parts: Part[]): string {
  return digest(parts).toString('hex').slice(0, length);
}

/** `length` (at most 64) letters and digits that depend on the parts alone. */
export function alphanumericId(length: number, ...parts: Part[]): string {
  return Array.from(digest(parts).subarray(0, length), (byte) => ALPHANUMERIC[byte % 62]).join('');
}

/** A 32-bit number that depends on the parts alone. */
export function seedOf(...parts: Part[]): number {
  return digest(parts).readUInt32LE(0);
}

/** A small generator (mulberry32): nothing here needs more than even spread and repeatability. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The numbers 0 to `length - 1` in an order that depends on the seed alone: 4 bytes each, whatever is shuffled by them. */
export function permutation(length: number, seed: number): Uint32Array {
  const random = randomFrom(seed);
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}

/** One of a list. */
export function pick<Value>(values: readonly [Value, ...Value[]], random: Random): Value {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

/** A whole number from `low` to `high`, both included. */
export function between(low: number, high: number, random: Random): number {
  return low + Math.floor(random() * (high - low + 1));
}
