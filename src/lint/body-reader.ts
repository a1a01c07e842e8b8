import type { Position } from '../records/position.ts';
import { ValueEnd } from './value-end.ts';

/** Told what stands in the body, in the order of its bytes; together the parts are the file. */
export interface BodyParts {
  /** Bytes between the requests. */
  gap(bytes: Buffer): void;
  /** One element of `requests`, as it stands. */
  element(bytes: Buffer, start: Position): void;
  /** A member that does not belong there: another than `requests`, or `requests` again. */
  strange(name: string, start: Position): void;
  /** The place from which on the file is not what it should be; all the rest is a gap. */
  broken(what: string, at: Position): void;
}

type State = 'start' | 'member' | 'colon' | 'value' | 'element' | 'after element' | 'after value' | 'end' | 'broken';

const [LF, SPACE, QUOTE, COMMA, COLON] = [0x0a, 0x20, 0x22, 0x2c, 0x3a];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts `{"requests": [...]}` into its requests, piece by piece as it is read, so that a body of 256 MB never stands in memory. Only
 * the structure is looked at here: whether an element is JSON is for `JSON.parse`, which is handed each of them.
 */
export class BodyReader {
  readonly #parts: BodyParts;
  readonly #end = new ValueEnd();
  #state: State = 'start';
  #collecting = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #position: Position = { line: 1, column: 1 };
  #name = '';
  #sawRequests = false;
  #canClose = false;

  constructor(parts: BodyParts) {
    this.#parts = parts;
  }

  /** Bytes of a value whose end has not come yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.#collecting ? this.#collect(chunk, at) : this.#between(chunk, at);
  }

  end(): void {
    if (this.#state === 'end' || this.#state === 'broken') return;
    this.#fail(this.#state === 'start' ? 'the file holds nothing' : 'the JSON ends too early');
    this.#flush();
  }

  /** Gives up: what follows is a gap. */
  stop(): void {
    this.#state = 'broken';
    this.#collecting = false;
    this.#flush();
  }

  /** Where the value that is being read began. */
  get position(): Position {
    return this.#position;
  }

  #fail(what: string): void {
    this.#state = 'broken';
    this.#collecting = false;
    this.#parts.broken(what, this.#position);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending.splice(0));
    this.#pendingBytes = 0;
    if (bytes.length > 0) this.#parts.gap(bytes);
  }

  /** Passes over punctuation and space, up to where a value begins. */
  #between(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.#collecting && this.#state !== 'broken') {
      const byte = chunk[at] ?? 0;
      if (byte === SPACE || byte === LF || byte === 0x0d || byte === 0x09) at += 1;
      else if (this.#punctuate(byte)) at += 1;
      else if (this.#begins(byte)) this.#collecting = true;
      else {
        this.#pass(chunk.subarray(from, at));
        this.#fail(`${JSON.stringify(String.fromCharCode(byte))} does not belong here`);
        this.#parts.gap(chunk.subarray(at));
        return chunk.length;
      }
    }
    if (this.#state === 'broken') at = chunk.length;
    this.#pass(chunk.subarray(from, at));
    return at;
  }

  #pass(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#position = after(this.#position, bytes);
    this.#parts.gap(bytes);
  }

  /** Takes a byte of punctuation; false where it is none that may stand here. */
  #punctuate(byte: number): boolean {
    const next = this.#after(byte);
    if (next === undefined) return false;
    this.#canClose = next === 'element' ? byte === OPEN_BRACKET : byte === OPEN_BRACE;
    this.#state = next;
    return true;
  }

  #after(byte: number): State | undefined {
    switch (this.#state) {
      case 'start':
        return byte === OPEN_BRACE ? 'member' : undefined;
      case 'member':
        return byte === CLOSE_BRACE && this.#canClose ? 'end' : undefined;
      case 'colon':
        return byte === COLON ? 'value' : undefined;
      case 'value':
        return byte === OPEN_BRACKET && this.#name === 'requests' ? 'element' : undefined;
      case 'element':
        return byte === CLOSE_BRACKET && this.#canClose ? 'after value' : undefined;
      case 'after element':
        return byte === COMMA ? 'element' : byte === CLOSE_BRACKET ? 'after value' : undefined;
      case 'after value':
        return byte === COMMA ? 'member' : byte === CLOSE_BRACE ? 'end' : undefined;
      default:
        return undefined;
    }
  }

  #begins(byte: number): boolean {
    if (this.#state === 'member') return byte === QUOTE;
    if (this.#state !== 'element' && (this.#state !== 'value' || this.#name === 'requests')) return false;
    return byte !== COMMA && byte !== COLON && byte !== CLOSE_BRACE && byte !== CLOSE_BRACKET;
  }

  #collect(chunk: Buffer, from: number): number {
    const end = this.#end.find(chunk, from);
    const piece = chunk.subarray(from, end === -1 ? chunk.length : end);
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    if (end === -1) return chunk.length;
    const bytes = this.#pending.length === 1 ? piece : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#collecting = false;
    this.#take(bytes);
    return end;
  }

  #take(bytes: Buffer): void {
    const start = this.#position;
    this.#position = after(start, bytes);
    if (this.#state === 'element') {
      this.#state = 'after element';
      this.#parts.element(bytes, start);
      return;
    }
    if (this.#state === 'member') this.#takeName(bytes, start);
    else this.#state = 'after value';
    this.#parts.gap(bytes);
  }

  #takeName(bytes: Buffer, start: Position): void {
    this.#name = bytes.toString('utf8').slice(1, -1);
    this.#state = 'colon';
    if (this.#name !== 'requests' || this.#sawRequests) this.#parts.strange(this.#name, start);
    this.#sawRequests ||= this.#name === 'requests';
  }
}

/** The position behind some bytes. Lines end at a line feed, and columns count characters. */
function after({ line, column }: Position, bytes: Buffer): Position {
  const feed = bytes.lastIndexOf(LF);
  if (feed === -1) return { line, column: column + bytes.toString('utf8').length };
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) lines += 1;
  return { line: line + lines, column: bytes.toString('utf8', feed + 1).length + 1 };
}
