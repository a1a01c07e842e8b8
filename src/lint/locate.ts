import type { JsonPlace } from '../requests/body-finding.ts';

/** Where a value is in a JSON text: offsets of its first character and of the one after its last, and of its name where it has one. */
export interface Located {
  readonly key?: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds a value in a text that is known to be JSON. Of members with the same name it is the last, as for `JSON.parse`. Called for
 * findings only, so that a clean line costs nothing.
 *
 * @returns the innermost value on the way that is there, if the place itself is not
 */
export function locate(text: string, place: JsonPlace): Located {
  let found: Located = valueAt(text, 0);
  for (const step of place) {
    const inner = typeof step === 'number' ? elementOf(text, found, step) : memberOf(text, found, step);
    if (inner === undefined) return found;
    found = inner;
  }
  return found;
}

function valueAt(text: string, from: number): Located {
  const start = afterSpace(text, from);
  return { start, end: valueEnd(text, start) };
}

function memberOf(text: string, { start, end }: Located, name: string): Located | undefined {
  if (text[start] !== '{') return undefined;
  let found: Located | undefined;
  for (let at = afterSpace(text, start + 1); at < end && text[at] === '"'; ) {
    const keyEnd = valueEnd(text, at);
    const value = valueAt(text, afterSpace(text, keyEnd) + 1);
    if (JSON.parse(text.slice(at, keyEnd)) === name) found = { ...value, key: at };
    at = afterComma(text, value.end);
  }
  return found;
}

function elementOf(text: string, { start, end }: Located, index: number): Located | undefined {
  if (text[start] !== '[') return undefined;
  let at = afterSpace(text, start + 1);
  for (let left = index; at < end && text[at] !== ']'; left -= 1) {
    const value = valueAt(text, at);
    if (left === 0) return value;
    at = afterComma(text, value.end);
  }
  return undefined;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at += 1;
  return at;
}

function afterComma(text: string, from: number): number {
  const at = afterSpace(text, from);
  return text[at] === ',' ? afterSpace(text, at + 1) : at;
}

function valueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  if (first !== '{' && first !== '[') return scalarEnd(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if ((character === '}' || character === ']') && (depth -= 1) === 0) return at + 1;
  }
  return text.length;
}

function stringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at === -1 ? text.length : at + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

const scalar = /[^,\]}\s]*/y;

function scalarEnd(text: string, start: number): number {
  scalar.lastIndex = start;
  return start + (scalar.exec(text)?.[0].length ?? 0);
}
