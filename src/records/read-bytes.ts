import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { InputError, systemCodeOf } from '../errors.ts';
import { decompressors, explainDecompression } from './compression.ts';
import type { Compression } from './format.ts';

/** Bytes that are read from a file at a time. */
export const readSize = 256 * 1024;

/**
 * The bytes of a source, unpacked. Left early, it closes the file behind it.
 *
 * @param source path of a file, or a stream of bytes
 * @throws InputError `file_not_found`, `parse_error` for compressed data that is broken or cut off
 */
export async function* readBytes(source: string | Readable, compression: Compression, fileName: string): AsyncGenerator<Buffer, void, undefined> {
  const input = typeof source === 'string' ? createReadStream(source, { highWaterMark: readSize }) : source;
  const stages = decompressors(compression);
  if (stages.length > 0) pipeline([input, ...stages], () => {});
  try {
    // A stream that decodes gives text; the caller sees to it that it holds no objects.
    for await (const chunk of stages.at(-1) ?? input) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
  } catch (error) {
    throw error instanceof Error ? explainReading(error, fileName) : error;
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
