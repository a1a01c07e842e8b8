import { OddBytes } from './odd-bytes.ts';

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** What the value of a field is: absent, a string that stands as `JSON.stringify` would print it, any other string, any other value. */
export const jsonKind = { absent: 0, text: 1, escapedText: 2, other: 3 } as const;

/** In place of an offset: the text ends within the value; or the value is not one that this scanner vouches for. */
export const unfinished = -1;
export const odd = -2;

/** Deeper values are left to others. */
const maxDepth = 200;
const maxKnown = 20_000;
const numberOrWord = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const foreignEscape = /\\(?:\/|u[0-9a-fA-F]{4})/y;
/** 1 for the character behind a backslash in the escapes that `JSON.stringify` writes for one character. */
const ownEscapes = new Uint8Array(128);
for (const character of '"\\bfnrt') ownEscapes[character.charCodeAt(0)] = 1;

/**
 * Walks over JSON objects in a byte string, checks every byte of them as `JSON.parse` would, and remembers where the values of some fields
 * stand. Of fields that are there twice the last one counts, as in `JSON.parse`.
 *
 * Fast because it hops: the end of a string is the next quote, unless a backslash comes first, whose next place is remembered; that no control
 * character stands in it is known from one search over all bytes ({@link OddBytes}); and since records resemble each other, each key is first
 * compared with the one that stood in its place in the record before.
 */
export class JsonScan {
  /** For each field: what it is, and the bounds of its value; of strings those within the quotes. */
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #places: ReadonlyMap<string, number>;
  readonly #known = new Set<string>();
  readonly #fresh: string[] = [];
  readonly #controls = new OddBytes({ lineBreaks: true, backslashes: false });
  /** The keys of the object before, as they stand, with quotes and colon, and their places among the fields. */
  readonly #layout: string[] = [];
  readonly #layoutPlaces: number[] = [];
  #text = '';
  #nextBackslash = 0;
  /** Of the string that was passed last: has it escapes, and other ones than `JSON.stringify` writes? */
  #hasForeignEscapes = false;

  constructor(fields: readonly string[]) {
    this.#places = new Map(fields.map((field, place) => [Buffer.from(field).toString('latin1'), place]));
    this.kinds = new Uint8Array(fields.length);
    this.starts = new Int32Array(fields.length);
    this.ends = new Int32Array(fields.length);
  }

  /** Takes up a new text, and the bytes that it stands for. Offsets may only grow from now on. */
  begin(text: string, bytes: Buffer): void {
    this.#text = text;
    this.#nextBackslash = 0;
    this.#nextBackslash = this.#find('\\', 0);
    this.#controls.search(bytes);
  }

  /** Passes an object that starts at an offset; returns the offset behind it, or `unfinished`, or `odd`. */
  object(start: number): number {
    this.kinds.fill(jsonKind.absent);
    if (this.#fresh.length > 0) this.#fresh.length = 0;
    const end = this.#members(start + 1, 0);
    // Only what is passed whole is known.
    if (end < 0) for (const name of this.#fresh) this.#known.delete(name);
    return end;
  }

  /** True if the last object has a key that no object before it had. */
  get isNew(): boolean {
    return this.#fresh.length > 0;
  }

  /** Passes any value. */
  value(start: number): number {
    return this.#value(start, 1);
  }

  /** Passes a key without escapes, and the colon behind it. */
  key(start: number): number {
    return this.#key(start);
  }

  /** The offset of the first byte from one on that is not white space. */
  skipSpace(from: number): number {
    const text = this.#text;
    let at = from;
    for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = text.charCodeAt(at)) at += 1;
    return at;
  }

  /** Passes the members of an object, from behind its brace on. At depth 0 they are those of the record. */
  #members(from: number, depth: number): number {
    const text = this.#text;
    let at = this.skipSpace(from);
    if (text.charCodeAt(at) === CLOSE_BRACE) return at + 1;
    for (let member = 0; ; member += 1) {
      let place = -1;
      const expected = depth === 0 ? this.#layout[member] : undefined;
      if (expected !== undefined && text.startsWith(expected, at)) {
        at += expected.length;
        place = this.#layoutPlaces[member] ?? -1;
      } else {
        const key = at;
        at = this.#key(at);
        if (at < 0) return at;
        if (depth === 0) place = this.#note(member, text.slice(key, at));
      }
      at = this.skipSpace(at);
      const start = at;
      at = this.#value(at, depth);
      if (at < 0) return at;
      if (place >= 0) this.#remember(place, start, at);
      at = this.skipSpace(at);
      const code = text.charCodeAt(at);
      if (code === CLOSE_BRACE) return at + 1;
      if (code !== COMMA) return this.#wrong(at);
      at = this.skipSpace(at + 1);
    }
  }

  /** Passes a key and the colon behind it. */
  #key(from: number): number {
    if (this.#text.charCodeAt(from) !== QUOTE) return this.#wrong(from);
    let at = this.#string(from + 1);
    if (at < 0) return at;
    // A key with escapes may be any.
    if (this.#hasEscapes(from, at)) return odd;
    at = this.skipSpace(at);
    return this.#text.charCodeAt(at) === COLON ? at + 1 : this.#wrong(at);
  }

  #hasEscapes(from: number, to: number): boolean {
    return this.#text.slice(from, to).includes('\\');
  }

  /** Learns a key that does not stand where it stood before; returns its place among the fields. */
  #note(member: number, key: string): number {
    const name = key.slice(1, key.lastIndexOf('"'));
    const place = this.#places.get(name) ?? -1;
    this.#layout[member] = key;
    this.#layoutPlaces[member] = place;
    if (!this.#known.has(name)) {
      this.#fresh.push(name);
      if (this.#known.size < maxKnown) this.#known.add(name);
    }
    return place;
  }

  #remember(place: number, start: number, end: number): void {
    const isText = this.#text.charCodeAt(start) === QUOTE;
    this.kinds[place] = !isText ? jsonKind.other : this.#hasForeignEscapes ? jsonKind.escapedText : jsonKind.text;
    this.starts[place] = isText ? start + 1 : start;
    this.ends[place] = isText ? end - 1 : end;
  }

  #value(from: number, depth: number): number {
    const code = this.#text.charCodeAt(from);
    if (code === QUOTE) return this.#string(from + 1);
    if (depth === maxDepth) return odd;
    if (code === OPEN_BRACE) return this.#members(from + 1, depth + 1);
    if (code === OPEN_BRACKET) return this.#elements(from + 1, depth + 1);
    numberOrWord.lastIndex = from;
    const length = numberOrWord.test(this.#text) ? numberOrWord.lastIndex - from : 0;
    if (length === 0) return this.#wrong(from);
    // A number at the very end of the text may go on.
    return from + length === this.#text.length ? unfinished : from + length;
  }

  #elements(from: number, depth: number): number {
    const text = this.#text;
    let at = this.skipSpace(from);
    if (text.charCodeAt(at) === CLOSE_BRACKET) return at + 1;
    for (;;) {
      at = this.#value(at, depth);
      if (at < 0) return at;
      at = this.skipSpace(at);
      const code = text.charCodeAt(at);
      if (code === CLOSE_BRACKET) return at + 1;
      if (code !== COMMA) return this.#wrong(at);
      at = this.skipSpace(at + 1);
    }
  }

  /** Passes a string from behind its opening quote on. */
  #string(from: number): number {
    this.#hasForeignEscapes = false;
    let end = this.#text.indexOf('"', from);
    if (this.#nextBackslash < from) this.#nextBackslash = this.#find('\\', from);
    if (this.#nextBackslash < end) end = this.#escapedEnd(from, end);
    if (end < 0) return end === -1 ? unfinished : odd;
    return this.#controls.isIn(from, end) ? odd : end + 1;
  }

  /** The closing quote of a string with escapes, which is the next one unless that is escaped; it is not looked for again before. */
  #escapedEnd(from: number, next: number): number {
    const text = this.#text;
    let end = next;
    for (let at = from; ; ) {
      if (end < at) end = text.indexOf('"', at);
      if (end === -1) return unfinished;
      if (this.#nextBackslash < at) this.#nextBackslash = this.#find('\\', at);
      if (this.#nextBackslash > end) return end;
      const code = text.charCodeAt(this.#nextBackslash + 1);
      if (ownEscapes[code] === 1) {
        at = this.#nextBackslash + 2;
        continue;
      }
      foreignEscape.lastIndex = this.#nextBackslash;
      if (!foreignEscape.test(text)) return this.#wrong(this.#nextBackslash);
      this.#hasForeignEscapes = true;
      at = foreignEscape.lastIndex;
    }
  }

  /** Where something else was expected: close to the end of the text, what stands there may be cut. */
  #wrong(at: number): number {
    return at + 8 > this.#text.length ? unfinished : odd;
  }

  #find(character: string, from: number): number {
    const at = this.#text.indexOf(character, from);
    return at === -1 ? this.#text.length : at;
  }
}
