import { closeSync, openSync, readSync } from 'node:fs';
import { StateError } from '../errors.ts';
import { ShardFile, type ShardFileOptions } from './shard-file.ts';

const numberBytes = 6;
const pairBytes = numberBytes * 2;
const pairsPerRead = 8192;

/** A record whose request an earlier record has as well. */
export interface Copy {
  /** 0-based index of the record. */
  readonly index: number;
  /** Index of the record whose request is sent. */
  readonly original: number;
}

/** Writes which records are copies of which: 12 bytes for each, in source order, into a file that appears when it is whole. */
export class CopyListWriter {
  readonly #file: ShardFile;
  readonly #pair = Buffer.alloc(pairBytes);
  count = 0;
  firstIndex = 0;
  lastIndex = 0;

  constructor(path: string, options: ShardFileOptions = {}) {
    this.#file = new ShardFile(path, options);
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  add({ index, original }: Copy): void {
    if (this.count === 0) this.firstIndex = index;
    this.#pair.writeUIntBE(index, 0, numberBytes);
    this.#pair.writeUIntBE(original, numberBytes, numberBytes);
    this.#file.writeBytes(this.#pair);
    this.count += 1;
    this.lastIndex = index;
  }

  /** Ends the file; returns its SHA-256 in hex. */
  finish(): string {
    return this.#file.finish();
  }

  discard(): void {
    this.#file.discard();
  }
}

/** The copies of such a file, in order. @throws StateError `run_damaged` for a file that was cut short */
export function* readCopies(path: string): Generator<Copy, void, undefined> {
  const file = openSync(path, 'r');
  const block = Buffer.allocUnsafe(pairBytes * pairsPerRead);
  try {
    for (let held = 0; ; ) {
      const count = readSync(file, block, held, block.length - held, null);
      held += count;
      if (count === 0 && held > 0) throw new StateError('run_damaged', `${path} ends in the middle of an entry: it is not as it was written.`, { file: path });
      if (count === 0) return;
      const end = held - (held % pairBytes);
      for (let at = 0; at < end; at += pairBytes) yield { index: block.readUIntBE(at, numberBytes), original: block.readUIntBE(at + numberBytes, numberBytes) };
      block.copyWithin(0, end, held);
      held -= end;
    }
  } finally {
    closeSync(file);
  }
}
