/**
 * Tells whether a JSON object, as it stands in a file, is what `JSON.stringify` would print of it. Then its bytes can be moved
 * as they are, and parsing and printing them, which is most of the cost of passing a record on, is saved.
 *
 * Works on byte strings: one character a byte, valid UTF-8. Fast, because strings are hopped over with `indexOf`, from quote to quote and from
 * backslash to backslash, and because one search for a control character tells of the common object that nothing between these needs a look.
 */

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Deeper objects are left to the parser. */
const maxDepth = 64;

/** What `JSON.stringify` escapes, as it escapes it; a lone surrogate, which it escapes too, is left to the parser. */
const escaped = /\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))/y;
/** A control character: whatever is not between a space and the last character. */
const control = /[^ -\uffff]/g;
/** Numbers that are printed as they are read: few enough digits, no zero too many, not small enough for an exponent. */
const plainNumber = /-?(?:[1-9]\d{0,14}|(?:0|[1-9]\d{0,6})\.(?=[0-9]{0,4}[1-9])\d{0,7}[1-9])(?![\d.eE])|0(?![\d.eE])/y;
const anyNumber = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Reads objects one after the other; what it learns of the keys of one helps with the next. */
export class CanonicalObjects {
  readonly #wanted: string | undefined;
  readonly #refused: string | undefined;
  #text = '';
  #end = 0;
  /** Where the next backslash is, as far as it was looked for; the length of the text if there is none. */
  #backslash = -1;
  /** Keys of the last object that was read, with their quotes: unique, and none like an array index. */
  #keys: readonly string[] = [];
  /** Where the value of the wanted key begins and ends in the text; -1 where the object has no such key. */
  valueStart = -1;
  valueEnd = -1;

  /**
   * @param wanted a top-level key whose value is told
   * @param refused a top-level key that no object may have
   */
  constructor(wanted?: string, refused?: string) {
    this.#wanted = keyText(wanted);
    this.#refused = keyText(refused);
  }

  /** True if `text` from `start` to `end` is one object, printed as `JSON.stringify` prints it. False where that is not certain. */
  read(text: string, start: number, end: number): boolean {
    if (this.#text !== text || this.#backslash < start) this.#backslash = -1;
    this.#text = text;
    this.#end = end;
    this.valueStart = -1;
    this.valueEnd = -1;
    control.lastIndex = start;
    const found = control.exec(text);
    return (found === null || found.index >= end) && text.charCodeAt(start) === openBrace && this.#object(start) === end;
  }

  /** Reads the outermost object; returns the place behind it, -1 if it is not as printed. */
  #object(start: number): number {
    const text = this.#text;
    if (text.charCodeAt(start + 1) === closeBrace) return start + 2;
    let at = start + 1;
    for (let member = 0; ; member += 1) {
      const known = this.#keys[member];
      const isKnown = known !== undefined && text.startsWith(known, at);
      const keyEnd = isKnown ? at + known.length : this.#newKey(at, member);
      if (keyEnd < 0 || text.charCodeAt(keyEnd) !== colon) return -1;
      const valueEnd = this.#value(keyEnd + 1, 1);
      if (valueEnd < 0) return -1;
      if (this.#keys[member] === this.#wanted) {
        this.valueStart = keyEnd + 1;
        this.valueEnd = valueEnd;
      }
      const next = text.charCodeAt(valueEnd);
      if (next === closeBrace) return valueEnd + 1;
      if (next !== comma) return -1;
      at = valueEnd + 1;
    }
  }

  /** A key that the last object did not have at this place. */
  #newKey(at: number, member: number): number {
    const end = this.#string(at);
    if (end < 0) return -1;
    const key = this.#text.slice(at, end);
    const before = this.#keys.slice(0, member);
    if (isUnordered(key) || key === this.#refused || before.includes(key)) return -1;
    this.#keys = [...before, key];
    return end;
  }

  /** Each returns the place behind what begins here, or -1. */
  #value(at: number, depth: number): number {
    const code = this.#text.charCodeAt(at);
    if (code === quote) return this.#string(at);
    if (code === openBrace || code === openBracket) return depth < maxDepth ? this.#nested(at, depth + 1, code) : -1;
    return code === 0x74 || code === 0x66 || code === 0x6e ? this.#literal(at) : this.#number(at);
  }

  #nested(start: number, depth: number, open: number): number {
    const close = open === openBrace ? closeBrace : closeBracket;
    if (this.#text.charCodeAt(start + 1) === close) return start + 2;
    const keys = open === openBrace ? new Set<string>() : undefined;
    for (let at = start + 1; ; at += 1) {
      if (keys !== undefined) at = this.#nestedKey(at, keys);
      at = at < 0 ? -1 : this.#value(at, depth);
      if (at < 0) return -1;
      const next = this.#text.charCodeAt(at);
      if (next === close) return at + 1;
      if (next !== comma) return -1;
    }
  }

  #nestedKey(at: number, keys: Set<string>): number {
    const end = this.#string(at);
    if (end < 0 || this.#text.charCodeAt(end) !== colon) return -1;
    const key = this.#text.slice(at, end);
    if (isUnordered(key) || keys.has(key)) return -1;
    keys.add(key);
    return end + 1;
  }

  #string(start: number): number {
    const text = this.#text;
    if (text.charCodeAt(start) !== quote) return -1;
    for (let at = start + 1; ; ) {
      const end = text.indexOf('"', at);
      if (end < 0 || end >= this.#end) return -1;
      const next = this.#nextBackslash(at);
      if (next > end) return end + 1;
      escaped.lastIndex = next;
      if (!escaped.test(text)) return -1;
      at = escaped.lastIndex;
    }
  }

  /** The first backslash from an index on. */
  #nextBackslash(from: number): number {
    if (this.#backslash < from) {
      const at = this.#text.indexOf('\\', from);
      this.#backslash = at === -1 ? this.#text.length : at;
    }
    return this.#backslash;
  }

  #literal(at: number): number {
    for (const word of ['null', 'true', 'false']) if (this.#text.startsWith(word, at)) return at + word.length;
    return -1;
  }

  #number(at: number): number {
    const text = this.#text;
    plainNumber.lastIndex = at;
    if (plainNumber.test(text)) return plainNumber.lastIndex;
    anyNumber.lastIndex = at;
    if (!anyNumber.test(text)) return -1;
    const number = text.slice(at, anyNumber.lastIndex);
    return String(Number(number)) === number ? at + number.length : -1;
  }
}

/** A key as it stands in an object. */
function keyText(key: string | undefined): string | undefined {
  return key === undefined ? undefined : Buffer.from(JSON.stringify(key)).toString('latin1');
}

/** Keys that look like an array index come first in an object, wherever they stood; `__proto__` is left to those who know about it. */
function isUnordered(key: string): boolean {
  const code = key.charCodeAt(1);
  return (code >= 0x30 && code <= 0x39) || key === '"__proto__"';
}
