import { quoted } from './canonical-csv.ts';

/**
 * Makes the function that writes texts as cells of a table. In quotes stands what could be read as something else: a delimiter, a double
 * quote, a line feed; a carriage return, which ends a row for many readers; outer space, which some trim; a byte order mark, which vanishes.
 *
 * Fast because a cell is looked at once, by one search for all of the marks, and nothing is made of one that needs no quotes.
 *
 * @param delimiter one character or more, no line break
 * @example cellQuoter(';')('a "b"; c') // '"a ""b""; c"'
 */
export function cellQuoter(delimiter: string): (text: string) => string {
  const special = delimiter.length === 1 ? new RegExp(`["\\n\\r${asEscape(delimiter)}]`) : /["\n\r]/;
  // The end of a text may make a delimiter with the beginning of the one behind it: `a|` before `||`.
  const meets = delimiter.length === 1 ? () => false : (text: string) => (text + delimiter).indexOf(delimiter) < text.length;
  return (text) => (special.test(text) || hasOuterSpace(text) || meets(text) ? quoted(text) : text);
}

function hasOuterSpace(text: string): boolean {
  // Nearly always both ends are plain letters or signs.
  return text !== '' && !(isInk(text.charCodeAt(0)) && isInk(text.charCodeAt(text.length - 1))) && text.trim().length !== text.length;
}

function isInk(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
