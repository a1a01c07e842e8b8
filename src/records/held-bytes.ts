/** The last bytes of a stream, by their offset in it: what a record that is not yet finished is made of. */
export class HeldBytes {
  #chunks: { readonly start: number; readonly bytes: Buffer }[] = [];
  #end = 0;

  /** Offset after the last byte. */
  get end(): number {
    return this.#end;
  }

  push(bytes: Buffer): void {
    this.#chunks.push({ start: this.#end, bytes });
    this.#end += bytes.length;
  }

  /** The bytes from one offset up to another; copied only where they span chunks. */
  slice(from: number, to: number): Buffer {
    const parts: Buffer[] = [];
    for (const { start, bytes } of this.#chunks) {
      if (start < to && start + bytes.length > from) parts.push(bytes.subarray(Math.max(0, from - start), to - start));
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  /** Lets go of everything before an offset. */
  release(offset: number): void {
    const kept = this.#chunks.findIndex(({ start, bytes }) => start + bytes.length > offset);
    this.#chunks.splice(0, kept === -1 ? this.#chunks.length : kept);
  }
}
