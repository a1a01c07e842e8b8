const openingBracket = 0x5b;
const closingBracket = 0x5d;
const comma = 0x2c;
const space = 0x20;
const zero = 0x30;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;

/** The longest number that {@link behindUsual} knows, with what it looks at behind it. */
const usualBytes = 24;

/**
 * Finds the end of a JSON list of one number or more, and checks each of them: vectors are the one part of a result line whose size
 * counts, 20 kB and more.
 *
 * What is fast and why: lengths and signs of numbers follow no pattern, so nearly all of the time would go into wrongly predicted
 * branches. Numbers as vectors have them, `-0.0123456789`, are therefore taken without any, by arithmetic ({@link behindUsual}). Then each
 * step waits for the one before, since that tells where it begins: so the list is cut at a comma near its middle, and both halves are
 * walked at the same time. Any other number is read digit by digit.
 *
 * @param bytes that hold the list, and the same bytes as a view
 * @param start index of what should be the opening bracket
 * @returns the index behind the closing one; -1 for anything else. White space is taken behind commas only
 */
export function endOfNumbers(bytes: Uint8Array, view: DataView, start: number): number {
  if (bytes[start] !== openingBracket) return -1;
  const close = bytes.indexOf(closingBracket, start);
  if (close <= start + 1 || behindSpace(bytes, start + 1) !== start + 1) return -1;
  const middle = bytes.indexOf(comma, start + ((close - start) >> 1));
  if (middle === -1 || middle > close) return isList(bytes, view, start + 1, close) ? close + 1 : -1;
  const isSpaced = bytes[middle + 1] === space;
  const half = middle + (isSpaced ? 2 : 1);
  let [first, second] = [start + 1, half];
  while (first < half - usualBytes && second < close - usualBytes) {
    const nextFirst = behindUsual(view, first, isSpaced);
    const nextSecond = behindUsual(view, second, isSpaced);
    first = nextFirst === -1 ? behindNumber(bytes, view, first) : nextFirst;
    second = nextSecond === -1 ? behindNumber(bytes, view, second) : nextSecond;
    if (first === -1 || second === -1) return -1;
  }
  return isList(bytes, view, first, half) && isList(bytes, view, second, close) ? close + 1 : -1;
}

/**
 * Where the number behind one begins, if that is `0.` and 6 to 14 digits, with a minus or without one, then a comma and, in a list with
 * spaces, a space; else -1. May look at `usualBytes` bytes.
 */
function behindUsual(view: DataView, start: number, isSpaced: boolean): number {
  const first = start + is(view.getUint8(start), minus);
  // The bytes of `0.` and two digits, as the digit 0 and others have them.
  const front = view.getInt32(first, true) ^ 0x30302e30;
  const digits = view.getInt32(first + 4, true) ^ 0x30303030;
  const more = digitsBefore(othersIn(view.getInt32(first + 8, true) ^ 0x30303030));
  const most = digitsBefore(othersIn(view.getInt32(first + 12, true) ^ 0x30303030));
  // The last four count where those before are four.
  const end = first + 8 + more + (most & -(more >> 2));
  const separator = view.getInt16(end, true);
  const odd = (front & 0xffff) | (othersIn(front) & 0xf0f00000) | othersIn(digits) | (isSpaced ? separator ^ 0x202c : (separator & 0xff) ^ comma);
  return odd === 0 ? end + (isSpaced ? 2 : 1) : -1;
}

/** True if numbers reach from one index to another, which stands behind a comma or at the bracket, or if nothing is between them. */
function isList(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  let at = start;
  while (at !== -1 && at < end) at = behindNumber(bytes, view, at);
  return at === end;
}

/** Where the number behind one begins, but for spaces after the first, or the closing bracket behind the last one is; -1 if there is no number. */
function behindNumber(bytes: Uint8Array, view: DataView, start: number): number {
  let at = endOfDecimal(bytes, view, behindSpace(bytes, start));
  // An exponent is rare: it is looked for where nothing else fits.
  if (at !== -1 && bytes[at] !== comma && bytes[at] !== closingBracket) at = endOfExponent(bytes, view, at);
  if (at === -1 || bytes[at] === closingBracket) return at;
  if (bytes[at] !== comma) return -1;
  const next = at + (bytes[at + 1] === space ? 2 : 1);
  return bytes[next] === closingBracket ? -1 : next;
}

/** The end of a number up to its exponent; -1 if there is none. */
function endOfDecimal(bytes: Uint8Array, view: DataView, start: number): number {
  const first = start + is(bytes[start] ?? 0, minus);
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

function behindSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === space || bytes[at] === 0x09 || bytes[at] === 0x0d) at += 1;
  return at;
}

function endOfDigits(bytes: Uint8Array, view: DataView, start: number): number {
  const limit = bytes.length - 4;
  let at = start;
  for (; at <= limit; at += 4) {
    const others = othersIn(view.getInt32(at, true) ^ 0x30303030);
    if (others !== 0) return at + digitsBefore(others);
  }
  while ((bytes[at] ?? 0) >= zero && (bytes[at] ?? 0) <= 0x39) at += 1;
  return at;
}

/** Bits in those of four bytes that are no digit. @param four each of them less 0x30, without a borrow */
function othersIn(four: number): number {
  // Of a digit the upper half is empty, also after 6 is added, which carries what lies behind the 9 over.
  return (four | (four + 0x06060606)) & 0xf0f0f0f0;
}

/** How many of four bytes stand before the first of the others, 4 if there are none. */
function digitsBefore(others: number): number {
  return (32 - Math.clz32(~others & (others - 1))) >> 3;
}

/** 1 if a byte is the one that is asked for, else 0: without a branch. */
function is(code: number, wanted: number): number {
  return ((code ^ wanted) - 1) >>> 31;
}
