import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Loan } from './loan.ts';
import { blockBytes, type WriteQueue } from './write-queue.ts';

/** Up to this many bytes a block is written at once. */
const smallBytes = 64 * 1024;

export interface ShardFileOptions {
  /** False for a file whose hash nobody asks for. @default true */
  readonly isHashed?: boolean;
  /** Where blocks are written while the maker goes on. @default each is written at once */
  readonly queue?: WriteQueue | undefined;
}

/** Where the bytes of one shard go. */
export interface ShardSink {
  readonly path: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Appends text as UTF-8. */
  write(text: string, byteLength?: number): void;
  /** Appends bytes as they are. They may be changed afterwards, or when their loan has ended. */
  writeBytes(bytes: Buffer, loan?: Loan): void;
  /** Appends bytes that stand one a character. */
  writeByteString(text: string): void;
  /** Call it when the shard is whole; returns its SHA-256 in hex. */
  finish(): string;
  /** Call it when the shard is not wanted. */
  discard(): void;
}

/**
 * A file that is written in large blocks, hashed on the way, and appears under its name only when it is whole.
 * Its maker never waits for it: a shard is built from one record after the other, and a promise for each would cost more than the write.
 */
export class ShardFile implements ShardSink {
  readonly path: string;
  readonly #part: string;
  readonly #descriptor: number;
  readonly #hash: Hash | undefined;
  readonly #queue: WriteQueue | undefined;
  #block: Buffer;
  #used = 0;
  #stored = 0;
  bytes = 0;

  constructor(path: string, { isHashed = true, queue }: ShardFileOptions = {}) {
    this.path = path;
    this.#part = `${path}.part`;
    this.#hash = isHashed ? createHash('sha256') : undefined;
    this.#queue = queue;
    this.#block = queue?.take() ?? Buffer.allocUnsafeSlow(blockBytes);
    this.#descriptor = openSync(this.#part, 'w', 0o600);
  }

  /** Appends text as UTF-8. */
  write(text: string, byteLength = Buffer.byteLength(text)): void {
    if (this.#used + byteLength > blockBytes) this.#flush();
    if (byteLength > blockBytes) return this.writeBytes(Buffer.from(text));
    this.#used += this.#block.write(text, this.#used);
    this.bytes += byteLength;
  }

  /** Appends a text with one character for each byte. */
  writeByteString(text: string): void {
    for (let from = 0; from < text.length; ) {
      if (this.#used === blockBytes) this.#flush();
      const written = this.#block.write(from === 0 ? text : text.slice(from), this.#used, 'latin1');
      this.#used += written;
      from += written;
    }
    this.bytes += text.length;
  }

  /** Appends bytes as they are: copies them, unless they are lent and worth a write of their own. */
  writeBytes(bytes: Buffer, loan?: Loan): void {
    if (loan !== undefined && this.#queue !== undefined && bytes.length > smallBytes) return this.#writeLent(bytes, loan, this.#queue);
    for (let from = 0; from < bytes.length; ) {
      if (this.#used === blockBytes) this.#flush();
      const copied = bytes.copy(this.#block, this.#used, from);
      this.#used += copied;
      from += copied;
    }
    this.bytes += bytes.length;
  }

  #writeLent(bytes: Buffer, loan: Loan, queue: WriteQueue): void {
    this.#flush();
    this.#hash?.update(bytes);
    queue.writeLent(this.#descriptor, bytes, this.#stored, loan);
    this.#stored += bytes.length;
    this.bytes += bytes.length;
  }

  /** Makes the file durable and visible, with a queue in its own time; returns its SHA-256 in hex, or nothing if it was not hashed. */
  finish(): string {
    this.#flush(true);
    if (this.#queue !== undefined) this.#queue.finish(this.#descriptor, this.#part, this.path);
    else {
      fsyncSync(this.#descriptor);
      closeSync(this.#descriptor);
      renameSync(this.#part, this.path);
    }
    return this.#hash?.digest('hex') ?? '';
  }

  /** Forgets the file. */
  discard(): void {
    if (this.#queue !== undefined) return this.#queue.discard(this.#descriptor, this.#part);
    closeSync(this.#descriptor);
    rmSync(this.#part, { force: true });
  }

  #flush(isLast = false): void {
    const length = this.#used;
    const bytes = this.#block.subarray(0, length);
    this.#hash?.update(bytes);
    if (this.#queue !== undefined && length > smallBytes) {
      this.#queue.write(this.#descriptor, this.#block, length, this.#stored);
      if (!isLast) this.#block = this.#queue.take();
    } else {
      // Not worth a turn of its own: of thousands of small files, each would hold a block.
      for (let written = 0; written < length; ) written += writeSync(this.#descriptor, bytes, written, length - written, this.#stored + written);
      if (isLast) this.#queue?.give(this.#block);
    }
    this.#stored += length;
    this.#used = 0;
  }
}
