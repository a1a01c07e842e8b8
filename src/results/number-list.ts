import { skipUsualNumbers } from './usual-numbers.ts';

const openingBracket = 0x5b;
const closingBracket = 0x5d;
const comma = 0x2c;
const zero = 0x30;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;

/** Numbers that are read one by one, at most, before it is tried again whether those behind them are usual. */
const maxPatience = 64;

/**
 * Finds the end of a JSON list of one number or more, and checks each of them: vectors are the one part of a result line whose size
 * counts, 20 kB and more.
 *
 * What is fast and why: nearly all numbers of a vector have one style, and are skipped many at a time ({@link skipUsualNumbers}). Others are
 * read one by one: lengths and signs of numbers follow no pattern, so that most of the time would go into wrongly predicted branches.
 * Digits are therefore tested four at a time and counted by arithmetic, and signs and spaces are skipped by it.
 *
 * @param bytes that hold the list, and the same bytes as a view
 * @param start index of what should be the opening bracket
 * @returns the index behind the closing one; -1 for anything else. White space is taken behind commas only
 */
export function endOfNumbers(bytes: Uint8Array, view: DataView, start: number): number {
  if (bytes[start] !== openingBracket) return -1;
  const close = bytes.indexOf(closingBracket, start);
  let [patience, wait] = [1, 0];
  for (let at = start + 1; at < close; ) {
    at = endOfNumber(bytes, view, at);
    if (at === -1 || bytes[at] !== comma) return at !== -1 && at === close ? close + 1 : -1;
    at = behindSpace(bytes, at + 1);
    if (wait > 0) wait -= 1;
    else {
      const next = skipUsualNumbers(bytes, at, close);
      // In another style it is in vain.
      patience = next === at ? Math.min(maxPatience, patience * 2) : 1;
      wait = patience - 1;
      at = behindSpace(bytes, next);
    }
  }
  return -1;
}

function endOfNumber(bytes: Uint8Array, view: DataView, start: number): number {
  const at = endOfDecimal(bytes, view, start);
  // An exponent is rare: it is looked for where nothing else fits.
  return at === -1 || bytes[at] === comma || bytes[at] === closingBracket ? at : endOfExponent(bytes, view, at);
}

function behindSpace(bytes: Uint8Array, start: number): number {
  let at = start + is(bytes[start], 0x20);
  while ((bytes[at] ?? 0) < 0x21 && isSpace(bytes[at])) at += 1;
  return at;
}

/** The end of a number up to its exponent; -1 if there is none. */
function endOfDecimal(bytes: Uint8Array, view: DataView, start: number): number {
  const first = start + is(bytes[start], minus);
  const at = bytes[first] === zero ? first + 1 : endOfDigits(bytes, view, first);
  if (at === first) return -1;
  if (bytes[at] !== point) return at;
  const end = endOfDigits(bytes, view, at + 1);
  return end === at + 1 ? -1 : end;
}

function endOfExponent(bytes: Uint8Array, view: DataView, start: number): number {
  if (bytes[start] !== 0x65 && bytes[start] !== 0x45) return -1;
  const first = bytes[start + 1] === minus || bytes[start + 1] === plus ? start + 2 : start + 1;
  const end = endOfDigits(bytes, view, first);
  return end === first ? -1 : end;
}

function isSpace(code: number | undefined): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}

function endOfDigits(bytes: Uint8Array, view: DataView, start: number): number {
  const limit = bytes.length - 4;
  let at = start;
  for (; at <= limit; at += 4) {
    const four = view.getInt32(at, true);
    // Of a digit the upper half is 3, also after 6 is added, which carries what lies behind the 9 over. Other bytes leave bits.
    const others = ((four & 0xf0f0f0f0) ^ 0x30303030) | (((four + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030);
    if (others !== 0) return at + ((31 - Math.clz32(others & -others)) >> 3);
  }
  while ((bytes[at] ?? 0) >= zero && (bytes[at] ?? 0) <= 0x39) at += 1;
  return at;
}

/** 1 if a byte is the one that is asked for, else 0: without a branch. */
function is(code: number | undefined, wanted: number): number {
  return (((code ?? 0) ^ wanted) - 1) >>> 31;
}
