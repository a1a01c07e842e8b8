import type { ResultArena } from '../results/arena.ts';

/** Bytes of a piece of output. */
const pieceBytes = 256 * 1024;

/**
 * Puts output together in large pieces, each a buffer of its own that can be handed on while the next is filled. Nothing is joined as text
 * first: what is written is copied once.
 */
export class Pieces {
  #bytes: Buffer = Buffer.allocUnsafeSlow(pieceBytes);
  #used = 0;
  readonly #full: Buffer[] = [];

  /** Adds byte text. */
  write(text: string): void {
    this.#reserve(text.length);
    this.#used += this.#bytes.write(text, this.#used, 'latin1');
  }

  /** Adds the tail of a record. */
  copyTail(arena: ResultArena, position: number): void {
    this.#reserve(arena.tailLength(position));
    this.#used = arena.copyTail(position, this.#bytes, this.#used);
  }

  /** True if a piece is full. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** The pieces that are full. */
  take(): Buffer[] {
    return this.#full.splice(0);
  }

  /** What is left at the end. */
  end(): Buffer[] {
    this.#finish();
    return this.take();
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    this.#finish();
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(pieceBytes, length));
  }

  #finish(): void {
    if (this.#used > 0) this.#full.push(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}
