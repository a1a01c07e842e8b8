import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { InputError, systemCodeOf } from '../errors.ts';
import { decompressors, explainDecompression } from './compression.ts';
import type { Compression } from './format.ts';
import { readSize } from './read-memory.ts';

/**
 * The bytes of a source, unpacked. Left early, it closes the file behind it.
 *
 * @param source path of a file, or a stream of bytes
 * @param room where the next bytes of a file may be read to, while those before are still in use. @default new memory each time
 * @throws InputError `file_not_found`, `parse_error` for compressed data that is broken or cut off
 */
export async function* readBytes(source: string | Readable, compression: Compression, fileName: string, room?: () => Buffer | undefined): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (typeof source === 'string' && room !== undefined && compression === 'none' && (await isFile(source))) yield* readFile(source, room);
    else yield* readStream(source, compression);
  } catch (error) {
    throw error instanceof Error ? explainReading(error, fileName) : error;
  }
}

/** False for what may keep a reader waiting, such as a named pipe. What is not there is found out by opening it. */
async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() !== false;
}

/** Reads ahead by one chunk: what takes the time of a thread does not take that of this one. */
async function* readFile(path: string, room: () => Buffer | undefined): AsyncGenerator<Buffer, void, undefined> {
  const file = await open(path);
  const readNext = (): Promise<Buffer> => {
    const memory = room() ?? Buffer.allocUnsafeSlow(readSize);
    return file.read(memory, 0, memory.length).then(({ bytesRead }) => memory.subarray(0, bytesRead));
  };
  let next: Promise<Buffer> | undefined;
  try {
    for (let bytes = await readNext(); bytes.length > 0; bytes = await next) {
      next = readNext();
      // Its error is thrown where it is awaited, if it ever is.
      next.catch(() => undefined);
      yield bytes;
    }
  } finally {
    await next?.catch(() => undefined);
    await file.close();
  }
}

async function* readStream(source: string | Readable, compression: Compression): AsyncGenerator<Buffer, void, undefined> {
  const input = typeof source === 'string' ? createReadStream(source, { highWaterMark: readSize }) : source;
  const stages = decompressors(compression);
  if (stages.length > 0) pipeline([input, ...stages], () => {});
  try {
    // A stream that decodes gives text; the caller sees to it that it holds no objects.
    for await (const chunk of stages.at(-1) ?? input) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
  } finally {
    input.destroy();
  }
}

/**
 * Opens a file and closes it again: for those who have other work to do before they read it.
 *
 * @throws InputError `file_not_found`
 */
export async function checkReadable(path: string): Promise<void> {
  try {
    await (await open(path)).close();
  } catch (error) {
    throw error instanceof Error ? explainReading(error, path) : error;
  }
}

/** What an error means for the file that was read. */
export function explainReading(error: Error, file: string): Error {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOTDIR') {
    return new InputError('file_not_found', `${file} cannot be read: ${error.message}`, { file, cause: error });
  }
  return explainDecompression(error, file);
}
