import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { InputError, messageOf } from '../errors.ts';
import { readLines, type Line } from '../records/lines.ts';

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

const maxOpen = 64;
const chunkBytes = 256 * 1024;

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

  /** The lines of a file, in order, in flat memory. */
  async *lines(file: number, signal?: AbortSignal): AsyncGenerator<Line[], void, undefined> {
    const path = this.pathOf(file);
    assertRereadable(path);
    const chunks = createReadStream(path, { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) });
    try {
      yield* readLines(chunks);
    } catch (error) {
      signal?.throwIfAborted();
      throw chunks.errored === null ? error : unreadable(path, messageOf(error), error);
    }
  }

  /** The bytes of a span. */
  read({ file, offset, length }: FileSpan): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const handle = this.#handle(file);
    let read = 0;
    while (read < length) {
      const count = readSync(handle, bytes, read, length - read, offset + read);
      if (count === 0) throw unreadable(this.pathOf(file), 'it was cut short while it was read');
      read += count;
    }
    return bytes;
  }

  close(): void {
    for (const handle of this.#open.values()) closeSync(handle);
    this.#open.clear();
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
