import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { InputError, systemCodeOf } from '../errors.ts';
import type { Compression } from './format.ts';
import { truncationCode, wholeFrames } from './zstd-decompress.ts';

// Node's default of 16 KiB makes many small chunks, each with its own cost down the line.
const chunkSize = 256 * 1024;

interface ZstdFactories {
  readonly createZstdCompress?: (options: { readonly chunkSize: number }) => Transform;
  readonly createZstdDecompress?: (options: { readonly chunkSize: number }) => Transform;
}
// Zstandard came with Node 22.15 and 23.8; the types follow the oldest Node that is supported.
const zstd: ZstdFactories = zlib as ZstdFactories;

/** True where this Node can read and write `.zst`. */
export const hasZstd: boolean = zstd.createZstdDecompress !== undefined;

/**
 * The stages that undo a compression, if any. Gzip files of several members and Zstandard files of several frames are read to the end.
 *
 * @throws InputError `missing_dependency` for zstd on a Node without it
 */
export function decompressors(compression: Compression): Transform[] {
  if (compression === 'none') return [];
  if (compression === 'gzip') return [zlib.createGunzip({ chunkSize })];
  return wholeFrames(needZstd(zstd.createZstdDecompress)({ chunkSize }));
}

/**
 * The stages that compress: none or one.
 *
 * @throws InputError `missing_dependency` for zstd on a Node without it
 */
export function compressors(compression: Compression): Transform[] {
  if (compression === 'none') return [];
  return [compression === 'gzip' ? zlib.createGzip({ chunkSize }) : needZstd(zstd.createZstdCompress)({ chunkSize })];
}

function needZstd<Factory>(factory: Factory | undefined): Factory {
  if (factory !== undefined) return factory;
  throw new InputError(
    'missing_dependency',
    `Zstandard (.zst) needs Node 22.15 or newer; this is ${process.version}. Use another Node, or unpack the file first.`,
  );
}

/** What zlib's errors mean for the file that was read; any other error is returned as it came. */
export function explainDecompression(error: Error, file: string): Error {
  const code = systemCodeOf(error) ?? '';
  if (!/^(Z_|ZSTD_)/.test(code)) return error;
  const what = code === truncationCode ? 'ends in the middle of its compressed data: it is truncated' : `is not valid compressed data (${error.message})`;
  return new InputError('parse_error', `${file} ${what}. Fetch or compress it again.`, { file, cause: error });
}
