import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { createReadStream, createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../errors.ts';
import { readLines } from '../records/lines.ts';
import { ApiFailure } from './failure.ts';
import { isObject, parseJsonBytes } from './json.ts';

/** 200 MB: the number that OpenAI's message names. */
const MAX_BATCH_FILE_BYTES = 209_715_200;
/** Any file of the Files API. */
const MAX_FILE_BYTES = 536_870_912;
const BOM = Buffer.from('\uFEFF');

/** A multipart form on disk. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: { readonly name: string; readonly bytes: number } | undefined;
}

function parserFor({ headers }: IncomingMessage): BusboyInstance {
  const { 'content-type': contentType = '' } = headers;
  try {
    return new Busboy({ headers: { ...headers, 'content-type': contentType }, limits: { files: 1, fileSize: MAX_FILE_BYTES + 1, fields: 20, fieldSize: 10_000 } });
  } catch (error) {
    throw new ApiFailure(400, `The upload is no multipart form: ${messageOf(error)}`);
  }
}

/** Reads a multipart form; its file goes straight to `path`, whatever its size. A malformed form is a 400. */
export async function receiveUpload(request: IncomingMessage, path: string): Promise<Upload> {
  const fields = new Map<string, string>();
  const parser = parserFor(request);
  let received: Promise<{ name: string; bytes: number }> | undefined;
  let part: BusboyFileStream | undefined;
  parser.on('field', (name, value) => fields.set(name, value));
  parser.on('file', (_field, stream, name) => {
    part = stream;
    received = receiveFile(stream, name, path);
    // Awaited below, after the form has ended; until then a failure must not count as unhandled.
    received.catch(() => undefined);
  });
  try {
    await pipeline(request, parser);
  } catch (error) {
    // The parser leaves a part that was cut off open for ever.
    part?.destroy();
    throw new ApiFailure(400, `The upload is no valid multipart form: ${messageOf(error)}`);
  }
  return { fields, file: await received };
}

async function receiveFile(stream: BusboyFileStream, name: string, path: string): Promise<{ name: string; bytes: number }> {
  await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
  return { name, bytes: stream.bytesRead };
}

async function firstLineOf(path: string): Promise<Buffer> {
  for await (const [line] of readLines(createReadStream(path))) if (line !== undefined) return line.bytes;
  return Buffer.alloc(0);
}

/**
 * What OpenAI checks of a batch file at once: size, extension, that it is not empty and its first line is a JSON object. A byte order
 * mark passes here and is found by the batch (openai-batch reference, sections 3 and 4.1).
 * @throws ApiFailure
 */
export async function checkBatchFile(path: string, { name, bytes }: { readonly name: string; readonly bytes: number }): Promise<void> {
  if (bytes > MAX_BATCH_FILE_BYTES) {
    throw new ApiFailure(413, `The file is ${bytes} bytes, larger than the ${MAX_BATCH_FILE_BYTES} maximum for batch input files. Split it.`);
  }
  if (!name.toLowerCase().endsWith('.jsonl')) throw invalidFormat(`Expected a file name that ends in .jsonl, got '${name}'.`);
  if (bytes === 0) throw invalidFormat('The file is empty.');
  const first = await firstLineOf(path);
  const marked = first.subarray(0, BOM.length).equals(BOM);
  if (!isObject(parseJsonBytes(marked ? first.subarray(BOM.length) : first))) throw invalidFormat('Line 1 is not a JSON object.');
}

/** What the Files API takes at all. @throws ApiFailure */
export function checkFileSize(bytes: number): void {
  if (bytes > MAX_FILE_BYTES) throw new ApiFailure(413, `The file is larger than the ${MAX_FILE_BYTES} bytes that a file may have.`);
}

function invalidFormat(detail: string): ApiFailure {
  return new ApiFailure(400, `Invalid file format. Input file must be in .jsonl format, one JSON object a line. ${detail}`);
}
