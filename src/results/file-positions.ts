import type { FileSpan } from './result-files.ts';

/** Positions in several files, counted through all of them in order: one number says file and place. */
export class FilePositions {
  readonly #starts: number[] = [];
  #bytes = 0;

  /** Bytes of all files so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins the next file, at the position `bytes`. */
  begin(): void {
    this.#starts.push(this.#bytes);
  }

  /** Ends it. @param bytes of the file */
  end(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The file of a stretch, and its place there. */
  spanOf({ position, length }: { readonly position: number; readonly length: number }): FileSpan {
    const file = this.#fileAt(position);
    return { file, offset: position - (this.#starts[file] ?? 0), length };
  }

  /** Where the file ends in which a position is. */
  endOf(position: number): number {
    return this.#starts[this.#fileAt(position) + 1] ?? this.#bytes;
  }

  /** The last file that begins at or before a position; empty files begin where the next one does. */
  #fileAt(position: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
