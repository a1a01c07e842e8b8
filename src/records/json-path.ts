import type { Token } from 'stream-json/core/parser.js';
import { InputError } from '../errors.ts';

interface Container {
  readonly isArray: boolean;
  /** Key or index of the value that is being read in it. */
  key: string;
  count: number;
}

/** Follows the tokens of a JSON text until they reach the array that a path names. */
export class JsonPath {
  readonly #keys: readonly string[];
  readonly #file: string;
  readonly #open: Container[] = [];
  #found = false;

  constructor(keys: readonly string[], file: string) {
    this.#keys = keys;
    this.#file = file;
  }

  /** What opens the containers around the array and the array itself, with one element: a stand-in for the text so far. */
  get prefix(): string {
    return `${this.#open.map(({ isArray }) => (isArray ? '[' : '{"":')).join('')}[0`;
  }

  /**
   * True if this token opens the array.
   *
   * @throws InputError if something else stands there
   */
  reach(token: Token): boolean {
    switch (token.name) {
      case 'keyValue':
        this.#setKey(token.value);
        return false;
      case 'endObject':
      case 'endArray':
        this.#open.pop();
        return false;
      default:
        return this.#readValue(token);
    }
  }

  /** @throws InputError if the whole text was read and the array was not in it */
  checkFound(): void {
    if (this.#found) return;
    throw new InputError('invalid_option', `${this.#file} has nothing at ${this.#where}; check \`path\`.`, { file: this.#file });
  }

  #readValue(token: Token): boolean {
    const top = this.#open.at(-1);
    if (top?.isArray) {
      top.key = String(top.count);
      top.count += 1;
    }
    if (this.#isHere()) return this.#enter(token);
    if (token.name === 'startObject' || token.name === 'startArray') this.#open.push({ isArray: token.name === 'startArray', key: '', count: 0 });
    return false;
  }

  #enter(token: Token): boolean {
    if (token.name === 'startArray') {
      this.#found = true;
      return true;
    }
    const kind = token.name === 'startObject' ? 'an object' : 'a single value';
    if (this.#keys.length > 0) throw new InputError('invalid_option', `In ${this.#file} there is ${kind} at ${this.#where}, not an array; check \`path\`.`, { file: this.#file });
    const message = `${this.#file} holds ${kind}, not an array of records. Name the array inside it, such as data.items, with --path (option \`path\`), or say --format jsonl (option \`format\`) if each line is a record.`;
    throw new InputError('parse_error', message, { file: this.#file, line: 1 });
  }

  #isHere(): boolean {
    return this.#open.length === this.#keys.length && this.#keys.every((key, depth) => this.#open[depth]?.key === key);
  }

  #setKey(key: string): void {
    const top = this.#open.at(-1);
    if (top !== undefined) top.key = key;
  }

  get #where(): string {
    return JSON.stringify(this.#keys.join('.'));
  }
}
