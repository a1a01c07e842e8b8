import { isUtf8 } from 'node:buffer';
import { JsonBlock, JsonRows, type ReadJsonRow } from './json-block.ts';
import { JsonScan, odd, unfinished } from './json-scan.ts';
import type { Position } from './position.ts';
import { RowBlocks, windowBytes } from './row-blocks.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
/** What stands before the array may be this long; longer beginnings are read by others. */
const maxHead = 4 * 1024 * 1024;

/**
 * The objects of an array in a JSON text, in blocks. Everything else (the end of the array, an element that is no object, broken syntax or
 * bytes) is left to another reader, which goes on behind the last object.
 */
export class JsonArrayBlocks extends RowBlocks<JsonBlock> {
  readonly #keys: readonly string[];
  readonly #data: JsonRows;
  readonly #scan: JsonScan;
  /** The text up to the array, its bracket included, once that is found. */
  head: Buffer | undefined;
  /** True once an element was passed. */
  hasElements = false;
  #column = 1;
  /** True for a list of objects without brackets, in which commas may be missing. */
  #isBare = false;

  /** The blocks of a piece of an array, from an object on that stands on a line. */
  static ofPiece(line: number): JsonArrayBlocks {
    const blocks = new JsonArrayBlocks([]);
    blocks.head = Buffer.alloc(0);
    blocks.line = line;
    blocks.#isBare = true;
    return blocks;
  }

  /**
   * @param keys where the array is
   * @param fields whose values are wanted of each row
   */
  constructor(keys: readonly string[], fields: readonly string[] = []) {
    super(1, Infinity);
    this.#keys = keys;
    this.#data = new JsonRows(fields.length);
    this.#scan = new JsonScan(fields);
  }

  /** Where the first byte stands that is not in a block yet. */
  get position(): Position {
    return { line: this.line, column: this.#column };
  }

  protected get isReady(): boolean {
    return this.head !== undefined;
  }

  protected *scan(bytes: Buffer, start: number, isLast: boolean): Generator<JsonBlock, number, undefined> {
    let from = this.head === undefined ? this.#findArray(bytes) : start;
    if (this.head === undefined) return 0;
    for (let size = windowBytes; ; ) {
      const window = bytes.subarray(from, from + size);
      const text = window.toString('latin1');
      const { data, end, state } = this.#rowsIn(window, text);
      if (data.rows > 0) yield this.#blockOf(window, text, data, end);
      from += end;
      const isWhole = from - end + size >= bytes.length;
      if (state === odd || (isLast && isWhole)) this.odd = bytes;
      if (this.odd !== undefined || isWhole) return from;
      size = end === 0 ? size * 2 : windowBytes;
    }
  }

  /** The objects in a window, and why there are no more: the rest is unfinished, or odd. */
  #rowsIn(window: Buffer, text: string): { readonly data: JsonRows; readonly end: number; readonly state: number } {
    const data = this.#data;
    data.clear();
    const scan = this.#scan;
    scan.begin(text, window);
    let end = 0;
    let feed = text.indexOf('\n');
    let line = 0;
    for (let isFirst = !this.hasElements; ; isFirst = false) {
      const start = this.#nextObject(text, end, isFirst);
      const stop = start < 0 ? start : scan.object(start);
      if (stop < 0) return { data, end, state: stop };
      if (!isUtf8(window.subarray(end, stop))) return { data, end, state: odd };
      for (; feed !== -1 && feed < start; feed = text.indexOf('\n', feed + 1)) line += 1;
      data.add(start, stop, line, !scan.isNew);
      data.keep(scan);
      end = stop;
    }
  }

  /** Where the next object starts. */
  #nextObject(text: string, from: number, isFirst: boolean): number {
    let at = this.#scan.skipSpace(from);
    if (!isFirst && text.charCodeAt(at) === COMMA) at = this.#scan.skipSpace(at + 1);
    else if (!isFirst && !this.#isBare) return at >= text.length ? unfinished : odd;
    if (text.charCodeAt(at) === OPEN_BRACE) return at;
    return at >= text.length ? unfinished : odd;
  }

  #blockOf(window: Buffer, text: string, data: JsonRows, end: number): JsonBlock {
    const line = this.line;
    const last = text.lastIndexOf('\n', end - 1);
    for (let feed = text.indexOf('\n'); feed !== -1 && feed < end; feed = text.indexOf('\n', feed + 1)) this.line += 1;
    // Columns count characters, as editors do.
    const characters = window.toString('utf8', last + 1, end).length;
    this.#column = last === -1 ? this.#column + characters : characters + 1;
    this.hasElements = true;
    return new JsonBlock(window, text, data, { line, nextLine: this.line }, readElement);
  }

  /** Passes what stands before the array; returns the offset behind its bracket, or 0. */
  #findArray(bytes: Buffer): number {
    const text = bytes.toString('latin1');
    this.#scan.begin(text, bytes);
    const end = this.#enter(text, 0, 0);
    if (end < 0) {
      if (end === odd || bytes.length > maxHead) this.odd = bytes;
      return 0;
    }
    const head = bytes.subarray(0, end);
    if (!isUtf8(head)) {
      this.odd = bytes;
      return 0;
    }
    this.head = Buffer.from(head);
    const before = head.toString('utf8').split('\n');
    this.line = before.length;
    this.#column = (before.at(-1)?.length ?? 0) + 1;
    return end;
  }

  /** Goes down to the array at a path of keys. */
  #enter(text: string, from: number, depth: number): number {
    const scan = this.#scan;
    const at = scan.skipSpace(from);
    if (at >= text.length) return unfinished;
    const key = this.#keys[depth];
    if (key === undefined) return text.charCodeAt(at) === OPEN_BRACKET ? at + 1 : odd;
    if (text.charCodeAt(at) !== OPEN_BRACE) return odd;
    for (let member = scan.skipSpace(at + 1); ; ) {
      if (text.charCodeAt(member) !== QUOTE) return member >= text.length ? unfinished : odd;
      const value = scan.key(member);
      if (value < 0) return value;
      const name = Buffer.from(text.slice(member + 1, text.lastIndexOf('"', value)), 'latin1').toString();
      if (name === key) return this.#enter(text, value, depth + 1);
      const end = scan.value(scan.skipSpace(value));
      const next = end < 0 ? end : scan.skipSpace(end);
      if (next < 0 || next >= text.length) return next < 0 ? next : unfinished;
      if (text.charCodeAt(next) !== COMMA) return odd;
      member = scan.skipSpace(next + 1);
    }
  }
}

/** Every byte of an element was checked when it was found. */
const readElement: ReadJsonRow = (sink, bytes, line) => sink.add(JSON.parse(bytes.toString('utf8')), line);
