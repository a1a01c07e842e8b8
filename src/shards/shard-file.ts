import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

const blockBytes = 1 << 20;

/** Where the bytes of one shard go. */
export interface ShardSink {
  readonly path: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Appends text as UTF-8. */
  write(text: string, byteLength?: number): void;
  /** Appends bytes as they are. */
  writeBytes(bytes: Buffer): void;
  /** Call it when the shard is whole; returns its SHA-256 in hex. */
  finish(): string;
  /** Call it when the shard is not wanted. */
  discard(): void;
}

/**
 * A file that is written in large blocks, hashed on the way, and appears under its name only when it is whole.
 * Writes are synchronous: a shard is built from one record after the other, and a promise for each would cost more than the write.
 */
export class ShardFile implements ShardSink {
  readonly path: string;
  readonly #part: string;
  readonly #descriptor: number;
  readonly #hash: Hash | undefined;
  readonly #block = Buffer.allocUnsafe(blockBytes);
  #used = 0;
  bytes = 0;

  /** @param isHashed false for a file whose hash nobody asks for */
  constructor(path: string, isHashed = true) {
    this.path = path;
    this.#hash = isHashed ? createHash('sha256') : undefined;
    this.#part = `${path}.part`;
    this.#descriptor = openSync(this.#part, 'w', 0o600);
  }

  /** Appends text as UTF-8. */
  write(text: string, byteLength = Buffer.byteLength(text)): void {
    if (this.#used + byteLength > blockBytes) this.#flush();
    if (byteLength > blockBytes) this.#store(Buffer.from(text));
    else this.#used += this.#block.write(text, this.#used);
    this.bytes += byteLength;
  }

  /** Appends bytes as they are. */
  writeBytes(bytes: Buffer): void {
    if (this.#used + bytes.length > blockBytes) this.#flush();
    if (bytes.length > blockBytes) this.#store(bytes);
    else this.#used += bytes.copy(this.#block, this.#used);
    this.bytes += bytes.length;
  }

  /** Makes the file durable and visible; returns its SHA-256 in hex, or nothing if it was not hashed. */
  finish(): string {
    this.#flush();
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    renameSync(this.#part, this.path);
    return this.#hash?.digest('hex') ?? '';
  }

  /** Forgets the file. */
  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#part, { force: true });
  }

  #flush(): void {
    if (this.#used > 0) this.#store(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }

  #store(bytes: Buffer): void {
    this.#hash?.update(bytes);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
  }
}
