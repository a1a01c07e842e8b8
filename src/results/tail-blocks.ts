import { BlockPrinter, blockLines, boundsOf, longSpan } from './block-printer.ts';
import { noParts } from './line-scanner.ts';
import type { ResultIndex } from './result-index.ts';
import type { ScannedTails, ShapeTail } from './scanned-tails.ts';
import { TailsAhead } from './tails-ahead.ts';
import type { TailFormat } from './tails.ts';

/** Bytes of tails that are kept: those of a shard of 50,000 short answers, whose results come in any order. */
const cacheBytes = 40 * 1024 * 1024;
/** What a tail takes beside its text. */
const constantBytes = 100;
/** A block costs as much as so many single lines. */
const blockCost = 24;

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
  readonly #printer: BlockPrinter;
  readonly #frames: (Frame | undefined)[];
  readonly #ahead: TailsAhead | undefined;
  #buffer: Buffer = Buffer.allocUnsafeSlow(0);
  readonly #parts = noParts();
  /** What blocks have earned, and may cost. */
  #credit: number;
  readonly #maxCredit: number;
  /** The tail that was found last: its bytes, and where it begins and ends. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;

  /** @param format of the tails, with which other threads can make them too */
  constructor(index: ResultIndex, tails: ScannedTails, format?: TailFormat) {
    this.#index = index;
    this.#printer = new BlockPrinter(tails, index.shapes);
    const blockBytes = blockLines * (Math.min(longSpan, index.meanSpan) + constantBytes);
    const blocks = Math.ceil(index.table.lines.length / blockLines);
    const frames = Math.max(1, Math.min(Math.floor(cacheBytes / blockBytes), blocks));
    this.#frames = Array.from({ length: frames });
    this.#maxCredit = frames * blockCost;
    this.#credit = this.#maxCredit;
    if (index.threads !== undefined && format !== undefined) this.#ahead = new TailsAhead(index, index.threads, { format, blocks, blockBytes });
  }

  /** Finds the tail of a line. @returns false if it has to be read by itself */
  find(line: number): boolean {
    const block = Math.floor(line / blockLines);
    const at = line - block * blockLines;
    if (this.#ahead?.find(block) === true) return this.#found(this.#ahead.bytes, this.#ahead.offsets, at);
    const slot = block % this.#frames.length;
    const frame = this.#frames[slot];
    if (frame?.block === block) {
      if (this.#credit < this.#maxCredit) this.#credit += 1;
      return this.#found(frame.bytes, frame.offsets, at);
    }
    if (this.#credit < blockCost) {
      this.#credit += 0.1;
      return false;
    }
    this.#credit -= blockCost;
    const filled = this.#fill((this.#frames[slot] ??= { block, bytes: Buffer.alloc(0), offsets: new Int32Array(blockLines + 1) }), block);
    return this.#found(filled.bytes, filled.offsets, at);
  }

  /** What the lines of a shape have in common. */
  shapeTail(shape: number): ShapeTail | undefined {
    return this.#printer.shapeTail(shape);
  }

  #found(bytes: Buffer, offsets: Int32Array, at: number): boolean {
    this.bytes = bytes;
    this.start = offsets[at] ?? 0;
    this.end = offsets[at + 1] ?? 0;
    return this.end > this.start;
  }

  #fill(frame: Frame, block: number): Frame {
    const words = this.#index.table.lines.wordsOf(block * blockLines, blockLines);
    const bounds = boundsOf(words, (position) => this.#index.fileEnd(position), this.#parts);
    if (this.#buffer.length < bounds.length) this.#buffer = Buffer.allocUnsafeSlow(bounds.length * 2);
    this.#index.readInto(this.#buffer, this.#index.spanOf(bounds));
    const tails = this.#printer.print(words, this.#buffer.toString('latin1', 0, bounds.length), bounds.position, frame.offsets);
    // With room for blocks that are somewhat larger, so that it is done once.
    if (frame.bytes.length < tails.length) frame.bytes = Buffer.allocUnsafeSlow(tails.length + (tails.length >> 3));
    frame.bytes.write(tails, 0, 'latin1');
    frame.block = block;
    return frame;
  }
}
