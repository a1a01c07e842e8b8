import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { systemCodeOf } from '../errors.ts';

/** Part of a file: `start` and `end` are byte offsets, both included. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of a file of `size` bytes that a `Range` header asks for: `undefined` for the whole file (no header, several
 * ranges, or one that cannot be read, as RFC 9110 has it), `'none'` if it lies beyond the file.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'none' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return Number(last) === 0 || size === 0 ? 'none' : { start: Math.max(0, size - Number(last)), end: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return 'none';
  return { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

function wantedRange({ headers }: IncomingMessage, size: number, etag: string): ByteRange | 'none' | undefined {
  const condition = headers['if-range'];
  return condition === undefined || condition === etag ? rangeOf(headers.range, size) : undefined;
}

export interface SendFileOptions {
  readonly path: string;
  readonly contentType: string;
  /** Strong validator, with its quotes. */
  readonly etag: string;
  /** Whether `Range` is honored. */
  readonly ranges: boolean;
}

/** Streams a file, or the part that is asked for. A caller that goes away is no error. */
export async function sendFile(request: IncomingMessage, response: ServerResponse, options: SendFileOptions): Promise<void> {
  const { size } = await stat(options.path);
  response.setHeader('content-type', options.contentType);
  response.setHeader('etag', options.etag);
  if (options.ranges) response.setHeader('accept-ranges', 'bytes');
  const range = options.ranges ? wantedRange(request, size, options.etag) : undefined;
  if (range === 'none') {
    response.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return;
  }
  await sendBytes(response, options.path, size, range);
}

async function sendBytes(response: ServerResponse, path: string, size: number, range: ByteRange | undefined): Promise<void> {
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range !== undefined) response.setHeader('content-range', `bytes ${start}-${end}/${size}`);
  response.writeHead(range === undefined ? 200 : 206, { 'content-length': end - start + 1 });
  if (size === 0) {
    response.end();
    return;
  }
  try {
    await pipeline(createReadStream(path, { start, end, highWaterMark: 256 * 1024 }), response);
  } catch (error) {
    if (systemCodeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE' && systemCodeOf(error) !== 'ECONNRESET') throw error;
  }
}
