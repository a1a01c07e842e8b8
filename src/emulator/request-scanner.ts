import { ApiFailure } from './failure.ts';
import { parseJson, type Json } from './json.ts';
import { ValueCollector } from './value-collector.ts';

const [LBRACE, RBRACE, LBRACKET, RBRACKET, COLON, COMMA, QUOTE] = [0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c, 0x22];

/** What the scanner expects next. */
type Expecting = 'object' | 'first-key' | 'key' | 'colon' | 'value' | 'first-element' | 'element' | 'after-element' | 'after-member' | 'nothing';

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function afterSpace(chunk: Buffer, start: number): number {
  let at = start;
  while (at < chunk.length && isSpace(chunk[at] ?? 0)) at += 1;
  return at;
}

/**
 * Reads `{"requests": [...]}` piece by piece: each element is handed out as soon as it is whole, so that a body of 256 MB never
 * stands in memory. Any chunk boundary, white space and order of members will do.
 */
export class RequestScanner {
  readonly #value = new ValueCollector();
  #expecting: Expecting = 'object';
  #collecting = false;
  #key = '';
  #offset = 0;
  #sawRequests = false;

  /** The elements of `requests` that end in this chunk. @throws ApiFailure 400 */
  push(chunk: Buffer): Buffer[] {
    const elements: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      at = this.#collecting ? this.#collect(chunk, at, elements) : this.#step(chunk, at);
    }
    this.#offset += chunk.length;
    return elements;
  }

  /** Call it when the body has ended. @throws ApiFailure 400 where it ended too early, or held no `requests` */
  end(): void {
    if (this.#expecting !== 'nothing') throw this.#invalid('unexpected end of data', 0);
    if (!this.#sawRequests) throw new ApiFailure(400, 'requests: Field required');
  }

  #collect(chunk: Buffer, at: number, elements: Buffer[]): number {
    const end = this.#value.take(chunk, at);
    if (end === undefined) return chunk.length;
    this.#collecting = false;
    const bytes = this.#value.finish();
    if (this.#expecting === 'key') this.#beginMember(bytes, end);
    else if (this.#expecting === 'element') {
      this.#expecting = 'after-element';
      elements.push(bytes);
    }
    return end;
  }

  #beginMember(bytes: Buffer, at: number): void {
    const key: Json | undefined = parseJson(bytes.toString('utf8'));
    if (typeof key !== 'string') throw this.#invalid('bad member name', at);
    this.#key = key;
    this.#expecting = 'colon';
  }

  /** Takes one byte between values, or begins a value. */
  #step(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (isSpace(byte)) return afterSpace(chunk, at);
    const next = this.#afterPunctuation(byte);
    if (next !== undefined) {
      this.#expecting = next;
      return at + 1;
    }
    if (this.#beginsValue(byte)) return at;
    throw this.#invalid(`unexpected character '${String.fromCharCode(byte)}'`, at);
  }

  #afterPunctuation(byte: number): Expecting | undefined {
    switch (this.#expecting) {
      case 'object':
        return byte === LBRACE ? 'first-key' : undefined;
      case 'first-key':
        return byte === RBRACE ? 'nothing' : undefined;
      case 'colon':
        return byte === COLON ? 'value' : undefined;
      case 'value':
        return this.#beginRequests(byte);
      case 'first-element':
        return byte === RBRACKET ? 'after-member' : undefined;
      case 'after-element':
        return separator(byte, RBRACKET, 'element', 'after-member');
      case 'after-member':
        return separator(byte, RBRACE, 'key', 'nothing');
      default:
        return undefined;
    }
  }

  #beginRequests(byte: number): Expecting {
    if (this.#key !== 'requests') throw new ApiFailure(400, `${this.#key}: Extra inputs are not permitted`);
    if (byte !== LBRACKET) throw new ApiFailure(400, 'requests: Input should be a valid list');
    if (this.#sawRequests) throw new ApiFailure(400, 'requests: given twice');
    this.#sawRequests = true;
    return 'first-element';
  }

  #beginsValue(byte: number): boolean {
    const isKey = this.#expecting === 'first-key' || this.#expecting === 'key';
    const isElement = this.#expecting === 'first-element' || this.#expecting === 'element';
    if ((isKey && byte !== QUOTE) || (!isKey && !isElement) || byte === COMMA || byte === RBRACKET || byte === RBRACE || byte === COLON) return false;
    this.#expecting = isKey ? 'key' : 'element';
    this.#collecting = true;
    return true;
  }

  #invalid(what: string, at: number): ApiFailure {
    return new ApiFailure(400, `The request body is not valid JSON: ${what}: line 1 column ${this.#offset + at + 1} (char ${this.#offset + at})`);
  }
}

function separator(byte: number, closing: number, more: Expecting, done: Expecting): Expecting | undefined {
  if (byte === COMMA) return more;
  return byte === closing ? done : undefined;
}
