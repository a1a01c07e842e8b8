const LF = 0x0a;
const CR = 0x0d;

/** How many lines end in these bytes: CR, LF and CRLF each count once. */
export function countLineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) count += 1;
  for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) if (bytes[at + 1] !== LF) count += 1;
  return count;
}

/** Offset of the first byte after the first line, its line break included. */
export function firstLineEnd(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === LF) return at + 1;
    if (bytes[at] === CR) return bytes[at + 1] === LF ? at + 2 : at + 1;
  }
  return bytes.length;
}

/** Where in a source something stands; both 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The position of a character of a text that starts at a known position. */
export function positionOf(text: string, offset: number, start: Position): Position {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  const last = before.at(-1) ?? '';
  if (before.length === 1) return { line: start.line, column: start.column + last.length };
  return { line: start.line + before.length - 1, column: last.length + 1 };
}
