import { close, fsync, rename, rm, write } from 'node:fs';
import type { Loan } from './loan.ts';

/** Bytes of a block. */
export const blockBytes = 1 << 20;

const maxWaiting = 4;

interface QueuedFile {
  readonly descriptor: number;
  /** Blocks that are being written. */
  writing: number;
  /** Runs once the last of them is. */
  whenWritten: (() => void) | undefined;
}

/**
 * Writes the blocks of many files while their maker goes on: a build that waited for each write would spend a quarter of its time doing so, and
 * another for files to become durable. Blocks are recycled, and only a few wait at a time: the maker awaits `room` now and then.
 */
export class WriteQueue {
  readonly #files = new Map<number, QueuedFile>();
  readonly #free: Buffer[] = [];
  #waiting = 0;
  /** Files whose end is not reached. */
  #ending = 0;
  #failure: Error | undefined;
  #bytes = 0;
  #wake: (() => void) | undefined;

  /** Bytes that were given to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A block to fill. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
  }

  /** Takes a block back. */
  give(block: Buffer): void {
    this.#free.push(block);
  }

  /** Writes the first bytes of a block, which is the queue's from now on. */
  write(descriptor: number, block: Buffer, length: number, position: number): void {
    this.#begin(descriptor, block.subarray(0, length), position, () => this.#free.push(block));
  }

  /** Writes bytes from where they are. */
  writeLent(descriptor: number, bytes: Buffer, position: number, loan: Loan): void {
    loan.take();
    this.#begin(descriptor, bytes, position, () => loan.giveBack());
  }

  /** Makes a file durable and gives it its name, once all of it is written. */
  finish(descriptor: number, part: string, path: string): void {
    this.#end(descriptor, (done) => {
      fsync(descriptor, (failed) => {
        close(descriptor, (error) => {
          if (failed ?? error) done(failed ?? error);
          else rename(part, path, done);
        });
      });
    });
  }

  /** Closes a file and removes it. */
  discard(descriptor: number, part: string): void {
    this.#end(descriptor, (done) => close(descriptor, () => rm(part, { force: true }, done)));
  }

  /** Resolves when there is room for more, or fails with what went wrong. */
  room(): Promise<void> {
    return this.#until(() => this.#waiting <= maxWaiting);
  }

  /** Resolves when all is written, and every file that was finished is whole. */
  idle(): Promise<void> {
    return this.#until(() => this.#waiting === 0 && this.#ending === 0);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fileOf(descriptor: number): QueuedFile {
    const known = this.#files.get(descriptor);
    if (known !== undefined) return known;
    const file = { descriptor, writing: 0, whenWritten: undefined };
    this.#files.set(descriptor, file);
    return file;
  }

  #begin(descriptor: number, bytes: Buffer, position: number, release: () => void): void {
    const file = this.#fileOf(descriptor);
    file.writing += 1;
    this.#waiting += 1;
    this.#bytes += bytes.length;
    this.#store(file, bytes, position, release);
  }

  #store(file: QueuedFile, bytes: Buffer, position: number, release: () => void): void {
    write(file.descriptor, bytes, 0, bytes.length, position, (error, written) => {
      if (error === null && written < bytes.length) return this.#store(file, bytes.subarray(written), position + written, release);
      this.#failure ??= error ?? undefined;
      release();
      this.#waiting -= 1;
      file.writing -= 1;
      if (file.writing === 0) file.whenWritten?.();
      this.#step();
    });
  }

  #end(descriptor: number, end: (done: (error: Error | null) => void) => void): void {
    const file = this.#fileOf(descriptor);
    this.#files.delete(descriptor);
    this.#ending += 1;
    const finish = (): void =>
      end((error) => {
        this.#failure ??= error ?? undefined;
        this.#ending -= 1;
        this.#step();
      });
    if (file.writing === 0) finish();
    else file.whenWritten = finish;
  }

  #step(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
