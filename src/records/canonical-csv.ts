/**
 * Tells whether a cell has to be quoted when it is written as CSV: the rule of `CellWriter`, for byte strings (one character a byte,
 * valid UTF-8), so that a cell can be moved from one table to another without being decoded.
 */

/** White space that JavaScript's `\s` knows, as UTF-8 bytes. */
const wideSpace = '\\xc2\\xa0|\\xe1\\x9a\\x80|\\xe2\\x80[\\x80-\\x8a\\xa8\\xa9\\xaf]|\\xe2\\x81\\x9f|\\xe3\\x80\\x80|\\xef\\xbb\\xbf';

/** A test for cells that must stand in quotes: what ends a cell or a row is in them, a quote, or space around them that readers would trim. */
export function mustQuote(delimiter: string): (cell: string) => boolean {
  const inside = `["\\r\\n]|${delimiter.replace(/[^\w]/g, '\\$&')}`;
  const pattern = new RegExp(`${inside}|^(?:[\\t\\v\\f ]|${wideSpace})|(?:[\\t\\v\\f ]|${wideSpace})$`);
  return (cell) => pattern.test(cell);
}

/** A cell as CSV, its quotes doubled and around it. */
export function quoted(cell: string): string {
  return `"${cell.includes('"') ? cell.replaceAll('"', '""') : cell}"`;
}
