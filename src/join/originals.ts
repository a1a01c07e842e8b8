import { closeSync, readSync, writeSync } from 'node:fs';
import { openUnnamed } from '../results/cells.ts';
import { IdTable } from '../results/id-table.ts';
import { type Copy, readCopies } from '../shards/copy-list.ts';
import type { Outcome } from './outcome.ts';

const bufferBytes = 256 * 1024;

/** What the copies of a record need to know of it: its result line, or its outcome where it has none. */
export type Kept = { readonly line: Buffer; readonly synchronous: boolean } | { readonly outcome: Outcome };

/**
 * What came of the records that others are copies of. An original stands before its copies: when a walk passes it, what came of it is
 * put into a temporary file, where its copies find it. In memory are a bit for each record of the source, and a table of places that
 * goes to a file, too, where it is large.
 */
export class Originals {
  readonly #places: IdTable;
  readonly #directory: string | undefined;
  readonly #copies: Iterator<Copy, void>;
  #marks = new Uint8Array(1024);
  #file: number | undefined;
  #buffer = Buffer.allocUnsafe(bufferBytes);
  #held = 0;
  #stored = 0;

  /** @param path of a list of copies @param directory for temporary files @default the system's */
  constructor(path: string, directory?: string) {
    this.#directory = directory;
    this.#places = new IdTable(directory === undefined ? {} : { directory });
    for (const { original } of readCopies(path)) this.#mark(original);
    this.#copies = readCopies(path);
  }

  /** True if other records are copies of this one. */
  isOriginal(index: number): boolean {
    return ((this.#marks[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Keeps what came of an original. */
  keep(index: number, kept: Kept): void {
    const isLine = 'line' in kept;
    const body = isLine ? kept.line : Buffer.from(JSON.stringify(kept.outcome));
    const head = Buffer.alloc(5);
    head[0] = isLine ? (kept.synchronous ? 2 : 1) : 0;
    head.writeUInt32BE(body.length, 1);
    this.#places.set(String(index), this.#stored + this.#held);
    this.#append(head);
    this.#append(body);
  }

  /** The original of the next copy, and what came of it. Copies are asked for in source order. */
  take(index: number): { readonly original: number; readonly kept: Kept } {
    const { value: copy } = this.#copies.next();
    const place = copy?.index === index ? this.#places.get(String(copy.original)) : undefined;
    if (copy === undefined || place === undefined) throw new Error(`Record ${index} is the copy of none; the list of copies was changed.`);
    return { original: copy.original, kept: this.#read(place) };
  }

  close(): void {
    this.#copies.return?.();
    this.#places.close();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #mark(index: number): void {
    const byte = Math.floor(index / 8);
    if (byte >= this.#marks.length) {
      const larger = new Uint8Array(Math.max(byte + 1, this.#marks.length * 2));
      larger.set(this.#marks);
      this.#marks = larger;
    }
    this.#marks[byte] = (this.#marks[byte] ?? 0) | (1 << (index % 8));
  }

  #append(bytes: Buffer): void {
    if (this.#held + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(bytes.length);
    bytes.copy(this.#buffer, this.#held);
    this.#held += bytes.length;
  }

  #flush(): void {
    this.#file ??= openUnnamed(this.#directory);
    for (let written = 0; written < this.#held; ) written += writeSync(this.#file, this.#buffer, written, this.#held - written, this.#stored + written);
    this.#stored += this.#held;
    this.#held = 0;
  }

  #read(place: number): Kept {
    const head = this.#bytesAt(place, 5);
    const body = this.#bytesAt(place + 5, head.readUInt32BE(1));
    // What `keep` wrote.
    return head[0] === 0 ? { outcome: JSON.parse(body.toString()) as Outcome } : { line: body, synchronous: head[0] === 2 };
  }

  #bytesAt(place: number, length: number): Buffer {
    if (place >= this.#stored) return Buffer.from(this.#buffer.subarray(place - this.#stored, place - this.#stored + length));
    const bytes = Buffer.allocUnsafe(length);
    // A part may still be in memory.
    if (place + length > this.#stored) this.#flush();
    for (let read = 0; read < length; ) {
      const count = this.#file === undefined ? 0 : readSync(this.#file, bytes, read, length - read, place + read);
      if (count === 0) throw new Error('The temporary file of outcomes was cut short.');
      read += count;
    }
    return bytes;
  }
}
