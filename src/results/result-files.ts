import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
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
/** Bytes that are read at a time. */
const chunkBytes = 512 * 1024;
/** Bytes that are left free before them, for the beginning of a line that another chunk ended in. */
const reserveBytes = 64 * 1024;

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

  /**
   * The lines of a file, in order, in blocks of whole lines, cut at byte 0x0A only. A block is good until the next one, which is read in the
   * meantime. Memory is flat but for a line longer than a block.
   */
  async *blocks(file: number): AsyncGenerator<Buffer, void, undefined> {
    const path = this.pathOf(file);
    assertRereadable(path);
    const handle = await open(path).catch((error: unknown) => {
      throw unreadable(path, messageOf(error), error);
    });
    try {
      yield* wholeLines(chunksOf(handle, path));
    } finally {
      await handle.close();
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
    if (this.readSome(buffer.subarray(0, length), file, offset) < length) throw unreadable(this.pathOf(file), 'it was cut short while it was read');
  }

  /** Bytes of a file from an offset on, into a buffer. @returns how many: fewer than it holds at the end of the file */
  readSome(buffer: Buffer, file: number, offset: number): number {
    let read = 0;
    for (let count = -1; count !== 0 && read < buffer.length; read += count) count = this.#readAt(file, buffer.subarray(read), offset + read);
    return read;
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

/** A chunk of a file, and the memory in which it stands, from an index on. */
interface Chunk {
  readonly memory: Buffer;
  readonly start: number;
  readonly bytes: Buffer;
}

/** The chunks of a file, each read while the one before is in use. */
async function* chunksOf(handle: FileHandle, path: string): AsyncGenerator<Chunk, void, undefined> {
  const memories = [Buffer.allocUnsafeSlow(reserveBytes + chunkBytes), Buffer.allocUnsafeSlow(reserveBytes + chunkBytes)] as const;
  let position = 0;
  const readNext = async (memory: Buffer): Promise<Chunk> => {
    const { bytesRead } = await handle.read(memory, reserveBytes, chunkBytes, position);
    position += bytesRead;
    return { memory, start: reserveBytes, bytes: memory.subarray(reserveBytes, reserveBytes + bytesRead) };
  };
  let next = readNext(memories[0]);
  try {
    for (let turn = 1; ; turn = 1 - turn) {
      const chunk = await next;
      if (chunk.bytes.length === 0) return;
      next = readNext(memories[turn === 0 ? 0 : 1]);
      // Its error is thrown where it is awaited, if it ever is.
      next.catch(() => undefined);
      yield chunk;
    }
  } catch (error) {
    throw unreadable(path, messageOf(error), error);
  } finally {
    await next.catch(() => undefined);
  }
}

/** Blocks of whole lines. What a chunk ends with is put before the next one, or, where it is long, held until its line ends. */
async function* wholeLines(chunks: AsyncIterable<Chunk>): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const { memory, start, bytes } of chunks) {
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      const before = Buffer.concat(held);
      if (before.length <= start) yield memory.subarray(start - before.copy(memory, start - before.length), start + end);
      else yield Buffer.concat([before, bytes.subarray(0, end)]);
      held = [];
      heldBytes = 0;
    }
    if (end < bytes.length) held.push(Buffer.from(bytes.subarray(end)));
    heldBytes += bytes.length - end;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
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
