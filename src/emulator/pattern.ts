import { between, type Random } from './random.ts';

/** Repetitions beyond the least, where a quantifier has no upper end. */
const EXTRA = 4;
const ATTEMPTS = 50;
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const CLASSES: Readonly<Record<string, RegExp>> = { d: /\d/, w: /\w/, s: /\s/, D: /\D/, W: /\W/, S: /\S/ };

/** Lengths in characters. */
export interface LengthBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * A text that matches a regular expression: literals, classes, groups, alternatives and quantifiers. Each try is checked against
 * the expression itself, so that one with look-around or references ends in `undefined`, never in a wrong text.
 */
export function textMatching(pattern: string, { least, most }: LengthBounds, random: Random): string | undefined {
  const expression = compiled(pattern);
  if (expression === undefined) return undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const text = new Writer(pattern, attempt + Math.max(EXTRA, least), random).write();
    if (text !== undefined && text.length >= least && text.length <= most && expression.test(text)) return text;
  }
  return undefined;
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

/** Walks through a pattern once, and writes as it goes. */
class Writer {
  readonly #pattern: string;
  readonly #extra: number;
  readonly #random: Random;
  #at = 0;

  constructor(pattern: string, extra: number, random: Random) {
    this.#pattern = pattern;
    this.#extra = extra;
    this.#random = random;
  }

  /** `undefined` where the pattern holds what is not understood. */
  write(): string | undefined {
    const text = this.#alternatives();
    return this.#at === this.#pattern.length ? text : undefined;
  }

  #alternatives(): string {
    const texts = [this.#sequence()];
    while (this.#takes('|')) texts.push(this.#sequence());
    return texts[between(0, texts.length - 1, this.#random)] ?? '';
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#peek())) text += this.#repeated();
    return text;
  }

  #repeated(): string {
    const start = this.#at;
    const first = this.#atom();
    const end = this.#at;
    const [least, most] = this.#quantifier();
    const after = this.#at;
    const count = between(least, most, this.#random);
    let text = count === 0 ? '' : first;
    for (let round = 1; round < count; round += 1) {
      this.#at = start;
      text += this.#atom();
    }
    this.#at = count > 1 ? after : Math.max(after, end);
    return text;
  }

  #quantifier(): readonly [number, number] {
    const rest = this.#pattern.slice(this.#at);
    const [found = '', least, comma, most] = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(rest) ?? [];
    this.#at += found.length;
    if (found === '') return [1, 1];
    if (least !== undefined) return [Number(least), boundOf(Number(least), comma, most, this.#extra)];
    if (found.startsWith('?')) return [0, 1];
    const low = found.startsWith('+') ? 1 : 0;
    return [low, low + this.#extra];
  }

  #atom(): string {
    if (this.#takes('^') || this.#takes('$')) return '';
    if (this.#takes('(')) return this.#group();
    if (this.#takes('[')) return this.#set();
    if (this.#takes('.')) return this.#one(PRINTABLE);
    if (this.#takes('\\')) return this.#escaped();
    return this.#next();
  }

  #group(): string {
    if (this.#takes('?') && !this.#takes(':')) this.#at += /^<[^>=!]+>/.exec(this.#pattern.slice(this.#at))?.[0].length ?? 0;
    const text = this.#alternatives();
    this.#takes(')');
    return text;
  }

  #escaped(): string {
    const letter = this.#next();
    const kind = CLASSES[letter];
    if (kind !== undefined) return this.#one(PRINTABLE.filter((character) => kind.test(character)));
    if (letter === 'b') return '';
    return { n: '\n', t: '\t', r: '\r' }[letter] ?? letter;
  }

  /** A bracket expression is asked of the regular expression engine, character by character. */
  #set(): string {
    const from = this.#at;
    while (this.#at < this.#pattern.length && this.#peek() !== ']') this.#at += this.#peek() === '\\' ? 2 : 1;
    const inside = compiled(`^[${this.#pattern.slice(from, this.#at)}]$`);
    this.#at += 1;
    return this.#one(PRINTABLE.filter((character) => inside?.test(character) ?? false));
  }

  #one(characters: readonly string[]): string {
    return characters[between(0, characters.length - 1, this.#random)] ?? '';
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at);
  }

  #next(): string {
    this.#at += 1;
    return this.#pattern.charAt(this.#at - 1);
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function boundOf(least: number, comma: string | undefined, most: string | undefined, extra: number): number {
  if (comma === undefined) return least;
  return most === undefined || most === '' ? least + extra : Math.min(Number(most), least + extra);
}
