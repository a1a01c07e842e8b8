import type { LineList } from './line-list.ts';
import { noParts, type KnownShape, type ScannedParts } from './line-scanner.ts';
import type { ResultIndex } from './result-index.ts';
import { mustBeParsed, type ScannedTails, type ShapeTail } from './scanned-tails.ts';

/** Lines whose tails are made together. */
const blockLines = 64;
/** From this length on the text of a line is not kept: it is read when it is wanted. */
export const longSpan = 4096;
/** Bytes from the first to the last text of a block: where more lies between them, reading it all does not pay. */
const maxBlockBytes = 512 * 1024;
/** Bytes of tails that are kept: those of a shard of 50,000 short answers, whose results come in any order. */
const cacheBytes = 40 * 1024 * 1024;
/** What a tail takes beside its text. */
const constantBytes = 100;
/** A block costs as much as so many single lines. */
const blockCost = 24;
const quote = 0x22;

/** The tails of a block, one behind the other. */
interface Frame {
  block: number;
  bytes: Buffer;
  /** Where the tail of each line begins; the last one is where the last tail ends. An empty one was not made. */
  readonly offsets: Int32Array;
}

/**
 * Makes the tails of scanned lines, up to the ids, and keeps them for records that ask for neighbors soon.
 *
 * What is fast and why: the results of a shard come in any order, but all of them are wanted by records that stand close together. So 64 lines
 * are read at once, whichever of them is asked for, and their tails are made while the bytes are in the processor's cache; nearly every later
 * record finds its tail finished, and copies it. Nothing needs to be sorted, no record has to wait for others, and each line is read once.
 * Where records and results are in different orders altogether, most blocks would be made in vain: this shows by how few of their tails are asked
 * for, and then lines are left to be read one by one.
 */
export class TailBlocks {
  readonly #index: ResultIndex;
  readonly #tails: ScannedTails;
  readonly #frames: (Frame | undefined)[];
  /** By the number of the shape. */
  readonly #shapeTails: ShapeTail[] = [];
  readonly #parts = noParts();
  #buffer: Buffer = Buffer.allocUnsafeSlow(maxBlockBytes);
  /** What blocks have earned, and may cost. */
  #credit: number;
  readonly #maxCredit: number;
  /** The tail that was found last: its bytes, and where it begins and ends. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;

  constructor(index: ResultIndex, tails: ScannedTails) {
    this.#index = index;
    this.#tails = tails;
    const tailBytes = Math.min(longSpan, index.meanSpan) + constantBytes;
    const frames = Math.max(4, Math.min(Math.floor(cacheBytes / (blockLines * tailBytes)), Math.ceil(index.table.lines.length / blockLines)));
    this.#frames = Array.from({ length: frames });
    this.#maxCredit = frames * blockCost;
    this.#credit = this.#maxCredit;
  }

  /** Finds the tail of a line. @returns false if it has to be read by itself */
  find(line: number): boolean {
    const block = Math.floor(line / blockLines);
    const slot = block % this.#frames.length;
    let frame = this.#frames[slot];
    if (frame === undefined || frame.block !== block) {
      if (this.#credit < blockCost) {
        this.#credit += 0.1;
        return false;
      }
      this.#credit -= blockCost;
      frame = this.#fill((this.#frames[slot] ??= { block, bytes: Buffer.alloc(0), offsets: new Int32Array(blockLines + 1) }), block);
    } else if (this.#credit < this.#maxCredit) this.#credit += 1;
    const at = line - block * blockLines;
    this.bytes = frame.bytes;
    this.start = frame.offsets[at] ?? 0;
    this.end = frame.offsets[at + 1] ?? 0;
    return this.end > this.start;
  }

  /** What the lines of a shape have in common. */
  shapeTail(shape: number): ShapeTail {
    return (this.#shapeTails[shape] ??= this.#tails.shapeTail(this.#index.shapes[shape] as KnownShape)); // learned before it was noted
  }

  #fill(frame: Frame, block: number): Frame {
    const { lines } = this.#index.table;
    const first = block * blockLines;
    const last = Math.min(first + blockLines, lines.length);
    const [from, to] = this.#boundsOf(lines, first, last);
    if (this.#buffer.length < to - from) this.#buffer = Buffer.allocUnsafeSlow(to - from);
    this.#index.readInto(this.#buffer, this.#index.spanOf({ position: from, length: to - from }));
    const text = this.#buffer.toString('latin1', 0, to - from);
    let tails = '';
    for (let line = first; line < last; line += 1) {
      frame.offsets[line - first] = tails.length;
      tails += this.#tailOf(lines, line, text, from, to);
    }
    frame.offsets.fill(tails.length, last - first);
    frame.block = block;
    // With room for blocks that are somewhat larger, so that it is done once.
    if (frame.bytes.length < tails.length) frame.bytes = Buffer.allocUnsafeSlow(tails.length + (tails.length >> 3));
    frame.bytes.write(tails, 0, 'latin1');
    return frame;
  }

  /** The bytes that are worth to be read at once: the texts of lines that are near to each other, in one file. */
  #boundsOf(lines: LineList, first: number, last: number): readonly [from: number, to: number] {
    const parts = this.#parts;
    let from = -1;
    let to = 0;
    let limit = 0;
    for (let line = first; line < last; line += 1) {
      if (!lines.readParts(line, parts) || !isShort(parts)) continue;
      const start = lines.positionOf(line) + parts.spanStart - 1;
      if (from === -1) {
        from = start;
        limit = Math.min(start + maxBlockBytes, this.#index.fileEnd(start));
      }
      const end = start + parts.spanLength + 2;
      if (end > limit) break;
      to = end;
    }
    return [Math.max(0, from), Math.max(0, from, to)];
  }

  /** The tail of a line, up to the id; empty for one that is not among these bytes, and for one that must be parsed. */
  #tailOf(lines: LineList, line: number, text: string, from: number, to: number): string {
    const parts = this.#parts;
    if (!lines.readParts(line, parts)) return '';
    const shape = this.shapeTail(parts.shape);
    if (shape.hasEmbedding) return '';
    if (parts.spanLength === 0) return shape.hasText ? '' : this.#tails.head(shape, '', parts);
    if (!isShort(parts)) return '';
    const start = lines.positionOf(line) + parts.spanStart - from;
    const end = start + parts.spanLength;
    // Without its quotes the file was changed since it was scanned.
    if (start < 1 || end + from >= to || text.charCodeAt(start - 1) !== quote || text.charCodeAt(end) !== quote) return '';
    const span = text.slice(start, end);
    return mustBeParsed(shape, span) ? '' : this.#tails.head(shape, span, parts);
  }
}

function isShort({ spanLength }: ScannedParts): boolean {
  return spanLength > 0 && spanLength < longSpan;
}
