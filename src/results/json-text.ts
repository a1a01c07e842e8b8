import { fromByteText } from './byte-text.ts';

/** The text that the inside of a JSON string, in byte text, stands for. */
export function textIn(inside: string): string {
  return unescapedText(fromByteText(inside));
}

/** The same for the inside of a JSON string as text. */
export function unescapedText(inside: string): string {
  // It was found by a pattern that is the grammar of a string.
  return inside.includes('\\') ? (JSON.parse(`"${inside}"`) as string) : inside;
}

/** A text without its escapes, and whether a double quote or the end of a line is in it. */
export interface Unescaped {
  text: string;
  needsQuotes: boolean;
}

const lastUnescaped: Unescaped = { text: '', needsQuotes: false };
const backslash = 0x5c;

/**
 * Takes the escapes off the inside of a JSON string, and doubles its quotes for a quoted cell. It hops from backslash to backslash: native
 * searches and slices in place of a look at each character. Byte text in, byte text out.
 *
 * @returns good until the next call; `undefined` where the text holds a `\u`, which may be half of a pair
 */
export function unescapedForCell(inside: string): Unescaped | undefined {
  let text = '';
  let from = 0;
  let needsQuotes = false;
  for (let at = inside.indexOf('\\'); at !== -1; at = inside.indexOf('\\', from)) {
    const character = escaped(inside.charCodeAt(at + 1));
    if (character === undefined) return undefined;
    if (character === '\n' || character === '""' || character === '\r') needsQuotes = true;
    text += inside.slice(from, at) + character;
    from = at + 2;
  }
  lastUnescaped.text = text + inside.slice(from);
  lastUnescaped.needsQuotes = needsQuotes;
  return lastUnescaped;
}

/** What a backslash and a character stand for; `undefined` for a `u`. */
function escaped(code: number): string | undefined {
  switch (code) {
    case 0x6e:
      return '\n';
    case 0x22:
      return '""';
    case backslash:
      return '\\';
    case 0x2f:
      return '/';
    case 0x74:
      return '\t';
    case 0x72:
      return '\r';
    case 0x62:
      return '\b';
    case 0x66:
      return '\f';
    default:
      return undefined;
  }
}

const hollow = /^(?: |\\[fnrt]|\\u(?:00[02a][\da-f]|1680|20[0-2][\da-f]|205f|3000|feff)|\xc2\xa0|\xe1\x9a\x80|\xe2\x80[\x80-\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf)*$/i;

/** True if a text, given as the inside of a JSON string, may be nothing but white space: then it must be looked at more closely. */
export function mayBeHollow(inside: string): boolean {
  const first = inside.charCodeAt(0);
  // Nearly every answer begins with a letter.
  return !(first > 0x20 && first < 0x7f && first !== backslash) && hollow.test(inside);
}
