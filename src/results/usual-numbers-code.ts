import { add32, and64, areBytes, areBytesAtMost, bitsOfBytes, forever, get, isAbove32, isOther64, loadBytes, moduleOf, not64, number32, number64, or64, returnIf, set, shiftLeft64, subtractBytes, xor64, type Code } from './wasm-code.ts';

/** Bytes that are looked at together. */
export const windowBytes = 64;
/** How many of them are only there for those behind them. */
export const bytesBefore = 4;
const parts = [0, 1, 2, 3];

// Locals: the first byte of the window and the end of all; the window; a bit for each of its bytes that is of a kind.
const [at, to, window, digit, sign, point, comma, space, exponent, separator] = [0, 1, 2, 6, 7, 8, 9, 10, 11, 12];

/** A bit for each byte of the window. */
const bitsOf = (test: (bytes: Code) => Code): Code => or64(...(parts.map((part) => shiftLeft64(bitsOfBytes(test(get(window + part))), 16 * part)) as [Code, ...Code[]]));
const bitsOfCharacter = (character: string): Code => bitsOf((bytes) => areBytes(bytes, character.charCodeAt(0)));
/** For each byte whether the one so many before it is of a kind. */
const before = (kind: number, bytes = 1): Code => shiftLeft64(get(kind), bytes);

/** A bit for each byte of the window that is wrong. */
function wrongBytes(): Code {
  // What a byte may be behind the one before it. That a point stands in its place, and nowhere else, is told by `firstDigit`.
  const fits = or64(
    get(digit),
    get(point),
    and64(get(sign), or64(before(separator), before(exponent))),
    and64(get(comma), before(digit)),
    and64(get(space), before(comma)),
    and64(get(exponent), before(digit)),
  );
  // Behind a separator, or behind the sign that stands there.
  const firstDigit = and64(get(digit), or64(before(separator), shiftLeft64(and64(get(sign), before(separator)), 1)));
  // An exponent is a sign and one digit or two: then it takes no more than a few bytes to see that there are not two of them.
  const longExponent = and64(and64(get(digit), before(digit)), before(exponent, 4));
  const secondExponent = and64(get(exponent), or64(before(exponent, 3), before(exponent, 4)));
  return or64(not64(fits), and64(get(digit), before(exponent)), longExponent, secondExponent, xor64(get(point), shiftLeft64(firstDigit, 1)));
}

/** Goes on while all is right in the window; gives where it stands then. */
function walk(): Code {
  return forever(
    returnIf(isAbove32(add32(get(at), number32(windowBytes)), get(to)), get(at)),
    ...parts.map((part) => set(window + part, loadBytes(get(at), 16 * part))),
    set(digit, bitsOf((bytes) => areBytesAtMost(subtractBytes(bytes, 0x30), 9))),
    set(sign, bitsOfCharacter('-')),
    set(point, bitsOfCharacter('.')),
    set(comma, bitsOfCharacter(',')),
    set(space, bitsOfCharacter(' ')),
    set(exponent, bitsOfCharacter('e')),
    set(separator, or64(get(comma), get(space))),
    returnIf(isOther64(and64(wrongBytes(), number64(-(2 ** bytesBefore))), number64(0)), get(at)),
    set(at, add32(get(at), number32(windowBytes - bytesBefore))),
  );
}

/**
 * The code that goes on through a list of numbers while they are usual: `run(at, to)` looks at windows of `windowBytes` bytes of its memory,
 * the first from `at` on, none beyond `to`, and gives where the first one begins in which something is wrong, or for which there is no room.
 * All bytes before that, and `bytesBefore` more, are right.
 *
 * The numbers are `-0.0123` and `1.5e-05`: one digit before the point and two at most in an exponent, with a comma or a comma and a space
 * between them. Whether a byte is right, is told by itself and the four before it alone.
 */
export function usualNumbersCode(): Uint8Array<ArrayBuffer> {
  return moduleOf(['v128', 'v128', 'v128', 'v128', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'], walk());
}
