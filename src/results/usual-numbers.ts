import { bytesBefore, usualNumbersCode, windowBytes } from './usual-numbers-code.ts';

interface Walker {
  readonly memory: Uint8Array;
  readonly run: (at: number, to: number) => number;
}

/** Made when the first vector is read; `undefined` where an engine runs no such code. */
let walker: Walker | undefined;
let isKnown = false;

/**
 * Skips numbers of a list as models give them: `-0.0123` and `1.5e-05`, with one digit before the point and two at most in an exponent,
 * behind a comma or a comma and a space.
 *
 * What is fast and why: whether a byte is right, is told by itself and the four before it alone. So nothing has to wait for the end of a
 * number, and 60 bytes are judged together: there is a bit for each byte that is a digit, one for each that is a comma and so on, and what
 * must not be is a few operations on these bits. JavaScript has neither 64 bits nor the instructions that compare 16 bytes at once; the code
 * of {@link usualNumbersCode} has: five times as fast as reading digit by digit.
 *
 * @param start index behind a comma, or behind a comma and a space
 * @param end the numbers stand before it
 * @returns the index behind a comma up to which all numbers are right, or `start`. What stands there may be right, too
 */
export function skipUsualNumbers(bytes: Uint8Array, start: number, end: number): number {
  const from = start - bytesBefore;
  if (from < 0 || end - from < windowBytes || !isSeparator(bytes[start - 1])) return start;
  if (!isKnown) walker = newWalker();
  isKnown = true;
  if (walker === undefined) return start;
  const { memory, run } = walker;
  const part = bytes.subarray(from, Math.min(end, from + memory.length));
  memory.set(part);
  const right = run(0, part.length);
  // The number that was begun last may be wrong in what comes.
  let at = start + right;
  while (at > start && bytes[at - 1] !== 0x2c) at -= 1;
  return at;
}

function isSeparator(byte: number | undefined): boolean {
  return byte === 0x2c || byte === 0x20;
}

/** What is used of the global of this name, which the types of Node leave to those of browsers. */
interface Engine {
  validate(code: Uint8Array): boolean;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly run: Walker['run'] } };
}

function newWalker(): Walker | undefined {
  const { WebAssembly: engine } = globalThis as { WebAssembly?: Engine }; // the exports are those of the module made here
  const code = usualNumbersCode();
  if (engine?.validate(code) !== true) return undefined;
  const { memory, run } = new engine.Instance(new engine.Module(code)).exports;
  return { memory: new Uint8Array(memory.buffer), run };
}
