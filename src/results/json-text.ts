import { fromByteText } from './byte-text.ts';

/** What a backslash and a character stand for; `\u` is not among them. */
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The text that the inside of a JSON string, in byte text, stands for. */
export function textIn(inside: string): string {
  const text = fromByteText(inside);
  // The inside of a JSON string, found by a pattern that is its grammar.
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/**
 * Takes the escapes off the inside of a JSON string, hopping from backslash to backslash: native searches and slices in place of a look
 * at each character. Byte text in, byte text out.
 *
 * @param quote what stands for `\"`: a double quote, or two where the text goes into a quoted cell
 * @returns `undefined` where it holds a `\u`, which may be half of a pair
 */
export function unescaped(inside: string, quote: string): string | undefined {
  let text = '';
  let from = 0;
  for (let at = inside.indexOf('\\'); at !== -1; at = inside.indexOf('\\', from)) {
    const character = inside.charAt(at + 1);
    if (character === 'u') return undefined;
    text += inside.slice(from, at) + (character === '"' ? quote : (escapes[character] ?? ''));
    from = at + 2;
  }
  return text + inside.slice(from);
}

const hollow = /^(?: |\\[fnrt]|\\u(?:00[02a][\da-f]|1680|20[0-2][\da-f]|205f|3000|feff)|\xc2\xa0|\xe1\x9a\x80|\xe2\x80[\x80-\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf)*$/i;

/** True if a text, given as the inside of a JSON string, may be nothing but white space: then it must be looked at more closely. */
export function mayBeHollow(inside: string): boolean {
  return hollow.test(inside);
}
