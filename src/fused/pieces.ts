import type { TailSink } from '../results/arena.ts';

/** Bytes of a piece of output. */
const pieceBytes = 256 * 1024;
/** Text that is gathered before it becomes bytes. */
const textLength = 4096;

/**
 * Puts output together in large pieces, each a buffer of its own that can be handed on while the next is filled. Fast because texts that
 * follow each other become bytes together, and bytes are copied once.
 */
export class Pieces implements TailSink {
  #text = '';
  #piece = Buffer.allocUnsafeSlow(pieceBytes);
  #used = 0;
  #full: Buffer[] = [];

  /** True if there is a piece to take. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length > textLength) this.#flushText();
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.#flushText();
    this.#makeRoom(end - start);
    this.#used += bytes.copy(this.#piece, this.#used, start, end);
  }

  fill(text: string, length: number, write: (room: Buffer) => boolean): boolean {
    const before = this.#text + text;
    this.#makeRoom(before.length + length);
    const start = this.#used + this.#piece.write(before, this.#used, 'latin1');
    if (!write(this.#piece.subarray(start, start + length))) return false;
    this.#used = start + length;
    this.#text = '';
    return true;
  }

  /** The pieces that are full. */
  take(): readonly Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** What is left at the end. */
  end(): readonly Buffer[] {
    this.#flushText();
    this.#finish();
    return this.take();
  }

  #flushText(): void {
    this.#makeRoom(this.#text.length);
    this.#used += this.#piece.write(this.#text, this.#used, 'latin1');
    this.#text = '';
  }

  /** Starts another piece where this one has no room left. */
  #makeRoom(length: number): void {
    if (this.#used + length <= this.#piece.length) return;
    this.#finish();
    this.#piece = Buffer.allocUnsafeSlow(Math.max(pieceBytes, length));
  }

  #finish(): void {
    if (this.#used > 0) this.#full.push(this.#piece.subarray(0, this.#used));
    this.#used = 0;
  }
}
