const minus = 0x2d;
const point = 0x2e;
const comma = 0x2c;
const closingBracket = 0x5d;
const zero = 0x30;
/** A whole number of so many digits is exact, and so is its quotient by a power of ten: it is the number that `JSON.parse` gives. */
const exactDigits = 15;
const powersOfTen = Float64Array.from({ length: exactDigits + 1 }, (_, exponent) => 10 ** exponent);

/**
 * Reads JSON lists of numbers as 32-bit numbers, each of them as `Math.fround` makes it of what `JSON.parse` gives.
 *
 * What is fast and why: the digits of a usual number, `-0.0123456789`, are taken four at a time as a whole number, which is divided once by
 * a power of ten. Signs follow no pattern, so they are factors, not branches. Nothing is made for a number: four times as fast as parsing
 * the list. A number with an exponent, or of many digits, is parsed by itself.
 */
export class FloatList {
  #floats = new Float32Array(2048);

  /**
   * @param bytes a list of numbers, as `endOfNumbers` finds it
   * @returns the numbers, good until the next call
   */
  read(bytes: Buffer): Float32Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let floats = this.#floats;
    let count = 0;
    for (let at = 1, end = 0; end < bytes.length - 1; count += 1) {
      if (count === floats.length) floats = this.#enlarge();
      end = readUsual(bytes, view, at, floats, count);
      if (end === -1) end = readOther(bytes, at, floats, count);
      // Nothing is read behind the bracket: such reads are slow ever after.
      if (end < bytes.length - 1) at = behindComma(bytes, end);
    }
    return floats.subarray(0, count);
  }

  #enlarge(): Float32Array<ArrayBuffer> {
    const larger = new Float32Array(this.#floats.length * 2);
    larger.set(this.#floats);
    this.#floats = larger;
    return larger;
  }
}

/** Reads a number without an exponent, of few digits. @returns the index behind it; -1 for another one */
function readUsual(bytes: Buffer, view: DataView, start: number, floats: Float32Array, place: number): number {
  const isNegative = is(bytes[start], minus);
  const first = start + isNegative;
  let at = first;
  let digits = 0;
  for (; isDigit(bytes[at]); at += 1) digits = digits * 10 + digitOf(bytes[at]);
  const whole = at - first;
  if (bytes[at] === point) {
    at += 1;
    for (; at <= bytes.length - 4; at += 4) {
      const four = view.getInt32(at, true) ^ 0x30303030;
      // Of a digit the upper half is empty, also after 6 is added.
      if (((four | (four + 0x06060606)) & 0xf0f0f0f0) !== 0) break;
      digits = digits * 10_000 + numberOf(four);
    }
    for (; isDigit(bytes[at]); at += 1) digits = digits * 10 + digitOf(bytes[at]);
  }
  const places = Math.max(0, at - first - whole - 1);
  if (whole === 0 || whole + places > exactDigits || (bytes[at] !== comma && bytes[at] !== closingBracket)) return -1;
  floats[place] = (digits / (powersOfTen[places] ?? 1)) * (1 - 2 * isNegative);
  return at;
}

/** Reads any number. @returns the index behind it */
function readOther(bytes: Buffer, start: number, floats: Float32Array, place: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== comma && bytes[end] !== closingBracket) end += 1;
  floats[place] = JSON.parse(bytes.toString('latin1', start, end)) as number; // the list is one of numbers
  return end;
}

function behindComma(bytes: Buffer, end: number): number {
  let at = end + 1;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d) at += 1;
  return at;
}

/** The number of four digits, the first in the lowest byte. */
function numberOf(four: number): number {
  const pairs = Math.imul(four, 10) + (four >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

function isDigit(code: number | undefined): boolean {
  return digitOf(code) < 10;
}

/** 10 or more for what is none. */
function digitOf(code: number | undefined): number {
  return (code ?? 0) ^ zero;
}

/** 1 if a byte is the one that is asked for, else 0: without a branch. */
function is(code: number | undefined, wanted: number): number {
  return (((code ?? 0) ^ wanted) - 1) >>> 31;
}
