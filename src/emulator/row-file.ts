import { closeSync, openSync, readSync } from 'node:fs';
import { open, rename, rm, truncate, type FileHandle } from 'node:fs/promises';
import { permutation } from './random.ts';

const CHUNK_BYTES = 512 * 1024;

/** How a row file becomes a result file. */
export interface FinishOptions {
  /** Orders the rows by it; `undefined` keeps them as they came. */
  readonly shuffleSeed: number | undefined;
  /** Whether the last row ends in a line feed, as OpenAI's do and Anthropic's do not. */
  readonly finalNewline: boolean;
  /** So many bytes at the end are left out. @default 0 */
  readonly cutBytes?: number;
}

/**
 * Rows on their way into a result file, in flat memory: they are written as they come, and only their lengths are held (4
 * bytes a row). Shuffling copies them by position into the result file.
 */
export class RowFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #lengths = new Uint32Array(1024);
  #count = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<RowFile> {
    return new RowFile(path, await open(path, 'w', 0o600));
  }

  /** How many rows there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a row; the text has no line feed. */
  async append(row: string): Promise<void> {
    const bytes = Buffer.from(`${row}\n`);
    this.#remember(bytes.length);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= CHUNK_BYTES) await this.#flush();
  }

  /** Writes the result file: whole at `target` or not there at all. */
  async finish(target: string, { shuffleSeed, finalNewline, cutBytes = 0 }: FinishOptions): Promise<number> {
    await this.#flush();
    let whole = this.#path;
    if (shuffleSeed !== undefined) {
      whole = `${this.#path}.shuffled`;
      await this.#copyInOrder(permutation(this.#count, shuffleSeed), whole);
    }
    const bytes = Math.max(0, this.#bytes() - (finalNewline || this.#count === 0 ? 0 : 1) - cutBytes);
    await truncate(whole, bytes);
    await rename(whole, target);
    return bytes;
  }

  /** Closes and removes what is left of the rows. Call it on every way out. */
  async close(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }

  #remember(length: number): void {
    if (this.#count === this.#lengths.length) {
      const longer = new Uint32Array(this.#count * 2);
      longer.set(this.#lengths);
      this.#lengths = longer;
    }
    this.#lengths[this.#count] = length;
    this.#count += 1;
  }

  #bytes(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  #offsets(): Float64Array {
    const offsets = new Float64Array(this.#count);
    for (let row = 1; row < this.#count; row += 1) offsets[row] = (offsets[row - 1] ?? 0) + (this.#lengths[row - 1] ?? 0);
    return offsets;
  }

  async #flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#handle.writeFile(bytes);
  }

  async #copyInOrder(order: Uint32Array, target: string): Promise<void> {
    const offsets = this.#offsets();
    const to = await open(target, 'w', 0o600);
    const from = openSync(this.#path, 'r');
    try {
      for (let next = 0; next < order.length; ) {
        const chunk = this.#chunkFrom(next, order);
        this.#fill(chunk.bytes, order.subarray(next, chunk.end), { from, offsets });
        await to.writeFile(chunk.bytes);
        next = chunk.end;
      }
    } finally {
      closeSync(from);
      await to.close();
    }
  }

  /** Room for the next rows in the new order: at least one, else up to the chunk size. */
  #chunkFrom(next: number, order: Uint32Array): { readonly bytes: Buffer; readonly end: number } {
    let end = next;
    let bytes = 0;
    while (end < order.length && (end === next || bytes + this.#lengthOf(order[end]) <= CHUNK_BYTES)) {
      bytes += this.#lengthOf(order[end]);
      end += 1;
    }
    return { bytes: Buffer.allocUnsafe(bytes), end };
  }

  #lengthOf(row: number | undefined): number {
    return this.#lengths[row ?? 0] ?? 0;
  }

  /** Synchronous reads: rows are small and just written, so each takes microseconds; between chunks others get their turn. */
  #fill(target: Buffer, rows: Uint32Array, { from, offsets }: { readonly from: number; readonly offsets: Float64Array }): void {
    let at = 0;
    for (const row of rows) {
      readSync(from, target, at, this.#lengthOf(row), offsets[row] ?? 0);
      at += this.#lengthOf(row);
    }
  }
}
