import type { ResultArena } from '../results/arena.ts';

/** Bytes of a piece of output. */
const pieceBytes = 256 * 1024;
/** From this length on a tail is copied as bytes, and never becomes text. */
const longTail = 4096;

/**
 * Puts output together in large pieces, each a buffer of its own that can be handed on while the next is filled. Short texts are gathered as
 * text, which V8 does by reference, and become bytes together.
 */
export class Pieces {
  #text = '';
  #full: Buffer[] = [];

  /** True if there is a piece to take. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** Adds byte text. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= pieceBytes) this.#finish();
  }

  /** Adds the tail of a record. */
  copyTail(arena: ResultArena, position: number): void {
    if (arena.tailLength(position) < longTail) return this.write(arena.tail(position));
    this.#finish();
    // The arena uses its bytes again, and the piece may still be on its way then.
    this.#full.push(Buffer.from(arena.tailBytes(position)));
  }

  /** The pieces that are full. */
  take(): readonly Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** What is left at the end. */
  end(): readonly Buffer[] {
    this.#finish();
    return this.take();
  }

  #finish(): void {
    if (this.#text !== '') this.#full.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}
