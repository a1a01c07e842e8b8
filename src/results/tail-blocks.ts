import { BlockPrinter, blockLines, boundsOf, entryWords, longSpan, readCounts } from './block-printer.ts';
import { noParts, type TokenCounts } from './line-scanner.ts';
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

/** No block. */
const none = -1;

/**
 * Makes the tails of scanned lines, up to the ids, and keeps them for records that ask for neighbors soon.
 *
 * What is fast and why: the results of a shard come in any order, but all of them are wanted by records that stand close together. So 64 lines
 * are read at once, whichever of them is asked for, and their tails are made while the bytes are in the processor's cache; nearly every later
 * record finds its tail finished, and copies it. Nothing needs to be sorted, no record has to wait for others, and each line is read once.
 * What a record waits for is memory, not work: so tails stand in one ring, and what else is wanted of a line in one place beside it.
 * Where records and results are in different orders altogether, most blocks would be made in vain: this shows by how few of their tails are asked
 * for, and then lines are left to be read one by one.
 */
export class TailBlocks {
  readonly #index: ResultIndex;
  readonly #printer: BlockPrinter;
  readonly #ahead: TailsAhead | undefined;
  /** Tails, block behind block: the latest overwrite the oldest. */
  #ring: Buffer;
  /** How many bytes went into the ring. */
  #head = 0;
  /** By slot: the number of the block that was put there last, where it begins among all bytes that went into the ring, and its lines. */
  readonly #blocks: Float64Array;
  readonly #starts: Float64Array;
  readonly #entries: Uint32Array;
  #buffer: Buffer = Buffer.allocUnsafeSlow(0);
  readonly #parts = noParts();
  /** What blocks have earned, and may cost. */
  #credit: number;
  readonly #maxCredit: number;
  /** The tail that was found last: its bytes, where it begins and ends, and what else is known of its line. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  shape = 0;
  readonly counts: TokenCounts = noParts();

  /** @param format of the tails, with which other threads can make them too */
  constructor(index: ResultIndex, tails: ScannedTails, format?: TailFormat) {
    this.#index = index;
    this.#printer = new BlockPrinter(tails, index.shapes);
    const blockBytes = blockLines * (Math.min(longSpan, index.meanSpan) + constantBytes);
    const blocks = Math.ceil(index.table.lines.length / blockLines);
    const slots = Math.max(1, Math.min(Math.floor(cacheBytes / blockBytes), blocks));
    this.#ring = Buffer.allocUnsafeSlow(Math.ceil(slots * blockBytes));
    this.#blocks = new Float64Array(slots).fill(none);
    this.#starts = new Float64Array(slots);
    this.#entries = new Uint32Array(slots * blockLines * entryWords);
    this.#maxCredit = slots * blockCost;
    this.#credit = this.#maxCredit;
    if (index.threads !== undefined && format !== undefined) this.#ahead = new TailsAhead(index, index.threads, { format, blocks, blockBytes });
  }

  /** Finds the tail of a line. @returns false if it has to be read by itself */
  find(line: number): boolean {
    const block = Math.floor(line / blockLines);
    const at = (line - block * blockLines) * entryWords;
    const ahead = this.#ahead;
    if (ahead?.find(block) === true) return this.#found(ahead.bytes, ahead.start, ahead.entries, ahead.entry + at);
    const slot = block % this.#blocks.length;
    if (this.#holds(block, slot)) {
      if (this.#credit < this.#maxCredit) this.#credit += 1;
    } else if (this.#credit < blockCost) {
      this.#credit += 0.1;
      return false;
    } else {
      this.#credit -= blockCost;
      this.#fill(block, slot);
    }
    return this.#found(this.#ring, (this.#starts[slot] ?? 0) % this.#ring.length, this.#entries, slot * blockLines * entryWords + at);
  }

  /** What the lines of a shape have in common. */
  shapeTail(shape: number): ShapeTail | undefined {
    return this.#printer.shapeTail(shape);
  }

  #holds(block: number, slot: number): boolean {
    return this.#blocks[slot] === block && (this.#starts[slot] ?? 0) >= this.#head - this.#ring.length;
  }

  /** @param start of the block among the bytes @param at where the words of the line begin */
  #found(bytes: Buffer, start: number, entries: Uint32Array, at: number): boolean {
    this.bytes = bytes;
    this.start = start + (entries[at] ?? 0);
    this.end = start + (entries[at + 1] ?? 0);
    this.shape = entries[at + 2] ?? 0;
    readCounts(entries, at, this.counts);
    return this.end > this.start;
  }

  #fill(block: number, slot: number): void {
    const words = this.#index.table.lines.wordsOf(block * blockLines, blockLines);
    const bounds = boundsOf(words, (position) => this.#index.fileEnd(position), this.#parts);
    if (this.#buffer.length < bounds.length) this.#buffer = Buffer.allocUnsafeSlow(bounds.length * 2);
    this.#index.readInto(this.#buffer, this.#index.spanOf(bounds));
    const tails = this.#printer.print(words, this.#buffer.toString('latin1', 0, bounds.length), bounds.position, this.#entries, slot * blockLines * entryWords);
    const start = this.#makeRoom(tails.length);
    this.#ring.write(tails, start % this.#ring.length, 'latin1');
    this.#blocks[slot] = block;
    this.#starts[slot] = start;
  }

  /** Where the next bytes begin: a block is not cut at the end of the ring. */
  #makeRoom(length: number): number {
    if (length > this.#ring.length) {
      this.#ring = Buffer.allocUnsafeSlow(length);
      this.#blocks.fill(none);
    }
    const left = this.#ring.length - (this.#head % this.#ring.length);
    const start = this.#head + (length > left ? left : 0);
    this.#head = start + length;
    return start;
  }
}
