import { isUtf8 } from 'node:buffer';
import { JsonBlock, JsonRows, type ReadJsonRow } from './json-block.ts';
import { JsonScan } from './json-scan.ts';
import { readJsonLine } from './jsonl.ts';
import type { RowParser, RowSink } from './parse-stage.ts';
import { ReadMemory } from './read-memory.ts';
import { RowBlocks, windowBytes } from './row-blocks.ts';

const OPEN_BRACE = 0x7b;

/** The lines of JSONL, in blocks. Every line is a row; those that are blank or broken are found out when they are read. */
export class JsonlBlocks extends RowBlocks<JsonBlock> {
  protected readonly isReady = true;
  readonly #fields: readonly string[] | undefined;
  readonly #scan: JsonScan;
  readonly #data: JsonRows;

  /** @param fields whose values are wanted; without them lines are cut, and not looked into */
  constructor(fields: readonly string[] | undefined, line = 1) {
    super(line, Infinity);
    this.#fields = fields;
    this.#scan = new JsonScan(fields ?? []);
    this.#data = new JsonRows(fields?.length ?? 0);
  }

  protected *scan(bytes: Buffer, start: number, isLast: boolean): Generator<JsonBlock, number, undefined> {
    for (let from = start; from < bytes.length; ) {
      const to = endOfLines(bytes, from, isLast);
      if (to === from) return from;
      const block = this.#block(bytes.subarray(from, to));
      this.line = block.nextLine;
      yield block;
      from = to;
    }
    return bytes.length;
  }

  #block(bytes: Buffer): JsonBlock {
    const text = bytes.toString('latin1');
    const data = this.#data;
    data.clear();
    const isText = this.#fields !== undefined && isUtf8(bytes);
    if (isText) this.#scan.begin(text, bytes);
    for (let start = 0; start < text.length; ) {
      const feed = text.indexOf('\n', start);
      const end = feed === -1 ? text.length : feed + 1;
      const isPlain = isText && text.charCodeAt(start) === OPEN_BRACE && this.#scan.skipSpace(this.#scan.object(start)) === end && !this.#scan.isNew;
      data.add(start, end, data.rows, isPlain);
      if (isPlain) data.keep(this.#scan);
      start = end;
    }
    const lines = text.endsWith('\n') ? data.rows : data.rows - 1;
    return new JsonBlock(bytes, text, data, { line: this.line, nextLine: this.line + lines }, readRow);
  }
}

const readRow: ReadJsonRow = (sink, bytes, line) => readJsonLine(sink, bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes, line);

/** Where the last line ends that ends within a window, or else the first line that ends at all; the start, if none does. */
function endOfLines(bytes: Buffer, from: number, isLast: boolean): number {
  const limit = from + windowBytes;
  if (limit >= bytes.length && isLast) return bytes.length;
  const end = bytes.lastIndexOf(0x0a, limit - 1) + 1;
  if (end > from) return end;
  const next = bytes.indexOf(0x0a, from) + 1;
  if (next > 0) return next;
  return isLast ? bytes.length : from;
}

/** Gives the lines of JSONL to a sink that takes blocks. */
export class JsonlRows implements RowParser {
  readonly #blocks: JsonlBlocks;
  readonly #memory = new ReadMemory();
  readonly #sink: RowSink;
  readonly #addBlock: (block: JsonBlock) => void;

  constructor(sink: RowSink, addBlock: (block: JsonBlock) => void, line = 1) {
    this.#blocks = new JsonlBlocks(sink.wantedFields, line);
    this.#sink = sink;
    this.#addBlock = addBlock;
  }

  /** Ends this reader where it is: what comes next, and where it stands. */
  release(): { readonly line: number; readonly rest: Buffer } {
    return { line: this.#blocks.line, rest: this.#blocks.release() };
  }

  room(): Buffer {
    return this.#memory.next();
  }

  push(bytes: Buffer): void {
    this.#read(bytes, false);
  }

  end(): void {
    this.#read(Buffer.alloc(0), true);
  }

  #read(bytes: Buffer, isLast: boolean): void {
    for (const block of this.#blocks.read(bytes, isLast)) {
      this.#addBlock(block);
      if (this.#sink.full) return;
    }
  }
}
