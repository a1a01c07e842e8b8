import { blockLines, boundsOf, entryWords } from './block-printer.ts';
import { lineWords } from './line-list.ts';
import { noParts } from './line-scanner.ts';
import type { ResultIndex } from './result-index.ts';
import type { ResultThreads } from './result-threads.ts';
import type { RenderOrder, RenderPlan } from './result-worker.ts';

/** Blocks that are asked for together. */
const blocksInOrder = 16;
/** Bytes of tails that are held: those of two shards, so that the next one is made while this one is wanted. */
const maxHeldBytes = 96 * 1024 * 1024;
/** A block takes this much more memory than blocks do in the mean, so that nearly all fit. */
const roomFactor = 1.5;
/** A thread that has not made its block by then has come to an end. */
const patienceMs = 30_000;
/** The state of a slot whose block is being made. */
export const inTheMaking = -(2 ** 31);

/** What the tails of a result file take. */
interface TailSizes extends Pick<RenderPlan, 'format'> {
  /** Number of blocks. */
  readonly blocks: number;
  /** Bytes of tails of a block, in the mean. */
  readonly blockBytes: number;
}

/**
 * Has the tails of blocks made in other threads, in the order in which they lie on disk, ahead of those who want them. All of it is in shared
 * memory: whoever wants a block sees there whether it is made, and waits if it is being made just then. One that no thread has begun, or that
 * found no room, is made here: so what other threads do decides on time alone.
 */
export class TailsAhead {
  readonly #index: ResultIndex;
  readonly #threads: ResultThreads;
  readonly #blocks: number;
  readonly #slots: number;
  /** By slot: the number of the block that is there, counted from 1; negative while a thread has it before it; `inTheMaking`; 0 for none. */
  readonly #states: Int32Array;
  readonly #words: Uint32Array;
  readonly #slotBytes: number;
  readonly #parts = noParts();
  #next = 0;
  #isGivenUp = false;
  /** The tails of all slots, and what `BlockPrinter` tells of their lines. */
  readonly bytes: Buffer;
  readonly entries: Uint32Array;
  /** The block that was found last: where its tails begin, and its lines. */
  start = 0;
  entry = 0;

  constructor(index: ResultIndex, threads: ResultThreads, { format, blocks, blockBytes }: TailSizes) {
    const slotBytes = Math.ceil((blockBytes * roomFactor) / 4096) * 4096;
    const slots = Math.max(1, Math.min(blocks, Math.floor(maxHeldBytes / slotBytes)));
    const plan: RenderPlan = {
      format,
      slotBytes,
      tails: new SharedArrayBuffer(slots * slotBytes),
      entries: new SharedArrayBuffer(slots * blockLines * entryWords * 4),
      words: new SharedArrayBuffer(slots * blockLines * lineWords * 4),
      states: new SharedArrayBuffer(slots * 4),
    };
    this.#index = index;
    this.#threads = threads;
    this.#blocks = blocks;
    this.#slots = slots;
    this.#states = new Int32Array(plan.states);
    this.#words = new Uint32Array(plan.words);
    this.#slotBytes = slotBytes;
    this.bytes = Buffer.from(plan.tails);
    this.entries = new Uint32Array(plan.entries);
    threads.plan(plan);
  }

  /** Looks for a block, which is then good until the next call. @returns false if it has to be made here */
  find(block: number): boolean {
    if (this.#isGivenUp) return false;
    this.#orderUpTo(Math.min(block + (this.#slots >> 1), this.#blocks));
    const slot = block % this.#slots;
    // Taken from the thread that would have made it later.
    if (Atomics.compareExchange(this.#states, slot, -(block + 1), 0) === -(block + 1)) return false;
    // A slot is given to one block after the other, and the latest is this one, or one behind it.
    if (Atomics.load(this.#states, slot) === inTheMaking) this.#isGivenUp = Atomics.wait(this.#states, slot, inTheMaking, patienceMs) === 'timed-out';
    if (Atomics.load(this.#states, slot) !== block + 1) return false;
    this.start = slot * this.#slotBytes;
    this.entry = slot * blockLines * entryWords;
    return true;
  }

  #orderUpTo(last: number): void {
    while (this.#next < last) {
      const orders: RenderOrder[] = [];
      for (; orders.length < blocksInOrder && this.#next < this.#blocks; this.#next += 1) if (this.#clear(this.#next % this.#slots)) orders.push(this.#order(this.#next));
      this.#threads.render(orders);
    }
  }

  /** Takes a slot from the block that it was given to. @returns false while a thread is at that */
  #clear(slot: number): boolean {
    const state = Atomics.load(this.#states, slot);
    return state !== inTheMaking && Atomics.compareExchange(this.#states, slot, state, 0) === state;
  }

  #order(block: number): RenderOrder {
    const slot = block % this.#slots;
    const words = this.#index.table.lines.wordsOf(block * blockLines, blockLines);
    this.#words.set(words, slot * blockLines * lineWords);
    Atomics.store(this.#states, slot, -(block + 1));
    const bounds = boundsOf(words, (position) => this.#index.fileEnd(position), this.#parts);
    const { file, offset, length } = this.#index.spanOf(bounds);
    return { block, slot, count: words.length / lineWords, path: this.#index.pathOf(file), offset, length, position: bounds.position };
  }
}
