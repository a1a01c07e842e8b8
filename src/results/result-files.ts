import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { InputError, messageOf } from '../errors.ts';

/** A result file, and the attempt whose results it holds. */
export interface ResultFileInput {
  readonly path: string;
  /**
   * Among equally good results of one record that of the later attempt counts.
   * @default the position of the file among those given
   */
  readonly attempt?: number;
}

/** A stretch of bytes of one of the files. */
export interface FileSpan {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
}

const lineFeed = 0x0a;
const maxOpen = 64;
/** Blocks of this size stay in the processor's cache from the read to the last look at them; larger ones are slower. */
const blockBytes = 64 * 1024;

/** Result files: read through once, line by line, then at any place. At most 64 of them are open at a time. */
export class ResultFiles {
  readonly #files: readonly Required<ResultFileInput>[];
  readonly #open = new Map<number, number>();

  constructor(files: readonly (string | ResultFileInput)[]) {
    this.#files = files.map((file, position) => ({ attempt: position, ...(typeof file === 'string' ? { path: file } : file) }));
  }

  get count(): number {
    return this.#files.length;
  }

  pathOf(file: number): string {
    return this.#files[file]?.path ?? '';
  }

  attemptOf(file: number): number {
    return this.#files[file]?.attempt ?? 0;
  }

  /** Bytes of a file; 0 for one that cannot be read, or is no plain file. */
  sizeOf(file: number): number {
    const found = statSync(this.pathOf(file), { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : 0;
  }

  /** Bytes of all files; 0 for one that cannot be read. */
  get totalBytes(): number {
    return this.#files.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  /** The lines of a file, in order, in blocks of whole lines, cut at byte 0x0A only. A block is good until the next one. Memory is flat but for a line longer than a block. */
  *blocks(file: number): Generator<Buffer, void, undefined> {
    assertRereadable(this.pathOf(file));
    let buffer: Buffer = Buffer.allocUnsafeSlow(blockBytes);
    let held = 0;
    for (let offset = 0; ; ) {
      // Twice the room for a line that fills it, so that it is copied a few times, not once for each block; less again behind it.
      const room = Math.max(blockBytes, held * 2);
      if (buffer.length < room) buffer = enlarged(buffer, room);
      const count = this.#readAt(file, buffer.subarray(held, room), offset + held);
      const end = count === 0 ? held : buffer.subarray(0, held + count).lastIndexOf(lineFeed) + 1;
      if (end > 0) yield buffer.subarray(0, end);
      if (count === 0) return;
      buffer.copyWithin(0, end, held + count);
      held += count - end;
      offset += end;
    }
  }

  /** The bytes of a span. */
  read(span: FileSpan): Buffer {
    const bytes = Buffer.allocUnsafe(span.length);
    this.readInto(bytes, span);
    return bytes;
  }

  /** The same, into the beginning of a buffer. */
  readInto(buffer: Buffer, { file, offset, length }: FileSpan): void {
    let read = 0;
    while (read < length) {
      const count = this.#readAt(file, buffer.subarray(read, length), offset + read);
      if (count === 0) throw unreadable(this.pathOf(file), 'it was cut short while it was read');
      read += count;
    }
  }

  close(): void {
    for (const handle of this.#open.values()) closeSync(handle);
    this.#open.clear();
  }

  #readAt(file: number, buffer: Buffer, offset: number): number {
    const handle = this.#handle(file);
    try {
      return readSync(handle, buffer, 0, buffer.length, offset);
    } catch (error) {
      throw unreadable(this.pathOf(file), messageOf(error), error);
    }
  }

  #handle(file: number): number {
    const known = this.#open.get(file);
    if (known !== undefined) return known;
    for (const [oldest, handle] of this.#open) {
      if (this.#open.size < maxOpen) break;
      closeSync(handle);
      this.#open.delete(oldest);
    }
    const handle = openForReading(this.pathOf(file));
    this.#open.set(file, handle);
    return handle;
  }
}

function enlarged(buffer: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(length);
  buffer.copy(larger);
  return larger;
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, messageOf(error), error);
  }
}

/** A line is found in the first pass and read in a second one, which a pipe or a socket does not allow. */
function assertRereadable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile() || found.isDirectory()) return;
  throw new InputError('file_not_found', `The result file ${path} is no plain file, and its lines are read more than once: save them to a file first.`, { file: path });
}

function unreadable(path: string, why: string, cause?: unknown): InputError {
  return new InputError('file_not_found', `The result file ${path} cannot be read: ${why}. Check the path and that nothing else writes to it.`, { file: path, cause });
}
