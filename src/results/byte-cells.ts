import { fromByteText, toByteText } from './byte-text.ts';
import { textIn, unescapedForCell } from './json-text.ts';

/** The white space of `\s` in UTF-8, one byte a character. */
const space = String.raw`(?:[\t-\r ]|\xc2\xa0|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf)`;
const spaceFirst = new RegExp(`^${space}`);
const spaceLast = new RegExp(`${space}$`);
const longestSpace = 3;

/**
 * Prints byte text as cells of a table, quoted exactly as `CellWriter` of `records/csv-cells.ts` does it: around a delimiter, a double
 * quote, a line feed, a carriage return, and white space at either end.
 */
export class ByteCells {
  readonly #delimiter: string;
  readonly #special: RegExp;

  /** @param delimiter one ASCII character */
  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#special = new RegExp(`["\\r\\n\\x${delimiter.charCodeAt(0).toString(16).padStart(2, '0')}]`);
  }

  /** Any text. */
  cell(text: string): string {
    if (!this.#special.test(text) && !hasOuterSpace(text)) return text;
    return `"${text.includes('"') ? text.replaceAll('"', '""') : text}"`;
  }

  /** The text of a JSON string, given as the inside of the string. */
  cellOfString(inside: string): string {
    if (!inside.includes('\\')) return inside.includes(this.#delimiter) || hasOuterSpace(inside) ? `"${inside}"` : inside;
    const unescaped = unescapedForCell(inside);
    if (unescaped === undefined) return this.cell(toByteText(textIn(inside)));
    const { text, needsQuotes } = unescaped;
    return needsQuotes || text.includes(this.#delimiter) || hasOuterSpace(text) ? `"${text}"` : text;
  }
}

function hasOuterSpace(text: string): boolean {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  // Nearly always both ends are plain letters or signs.
  if (first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f) return false;
  return spaceFirst.test(text) || spaceLast.test(text.slice(-longestSpace));
}

/** A text as `JSON.stringify` prints it; both in byte text. */
export function jsonOf(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : toByteText(JSON.stringify(fromByteText(text)));
}

/** The inside of a JSON string as `JSON.stringify` prints it: as it stands, but for escapes that are not needed. */
export function jsonOfString(inside: string): string {
  return inside.includes('\\u') || inside.includes('\\/') ? toByteText(JSON.stringify(textIn(inside))) : `"${inside}"`;
}
