/**
 * The offset of the first character at which a text stops being JSON; its length where it ends too early. `JSON.parse` tells
 * the place only in some of its messages, and in words that differ between Node versions. For texts that it refused.
 */
export function findJsonError(text: string): number {
  return new Checker(text).check();
}

const literalOrNumber = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const space = /[ \t\r\n]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'comma or end';

/** Walks over a text with a stack of open containers, so that depth costs no call stack. */
class Checker {
  readonly #text: string;
  readonly #open: ('{' | '[')[] = [];
  #at = 0;
  #expected: Expected = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  check(): number {
    do {
      this.#skip(space);
      if (!this.#step()) return this.#at;
    } while (this.#open.length > 0 || this.#expected !== 'comma or end');
    this.#skip(space);
    return this.#at;
  }

  /** Takes one token; false, and no step, where it does not belong there. */
  #step(): boolean {
    const character = this.#text[this.#at];
    if (this.#expected === 'comma or end') return character === ',' ? this.#takeComma() : this.#close(character);
    if (this.#expected === 'key or end' && character === '}') return this.#close('}');
    if (this.#expected === 'value or end' && character === ']') return this.#close(']');
    return this.#expected.startsWith('key') ? this.#takeKey(character) : this.#takeValue(character);
  }

  #takeValue(character: string | undefined): boolean {
    if (character === '{' || character === '[') {
      this.#open.push(character);
      this.#at += 1;
      this.#expected = character === '{' ? 'key or end' : 'value or end';
      return true;
    }
    this.#expected = 'comma or end';
    return character === '"' ? this.#takeString() : this.#skip(literalOrNumber) > 0;
  }

  #takeKey(character: string | undefined): boolean {
    if (character !== '"' || !this.#takeString()) return false;
    this.#skip(space);
    if (this.#text[this.#at] !== ':') return false;
    this.#at += 1;
    this.#expected = 'value';
    return true;
  }

  #takeComma(): boolean {
    this.#at += 1;
    this.#expected = this.#open.at(-1) === '{' ? 'key' : 'value';
    return true;
  }

  #close(character: string | undefined): boolean {
    if (character !== (this.#open.at(-1) === '{' ? '}' : ']')) return false;
    this.#open.pop();
    this.#at += 1;
    this.#expected = 'comma or end';
    return true;
  }

  #takeString(): boolean {
    this.#at += 1;
    for (; this.#at < this.#text.length; ) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) {
        this.#at += 1;
        return true;
      }
      if (code < 0x20 || (code === 0x5c && this.#skip(escape) === 0)) return false;
      if (code !== 0x5c) this.#at += 1;
    }
    return false;
  }

  #skip(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length;
  }
}
