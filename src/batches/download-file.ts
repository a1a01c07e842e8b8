import { open, stat } from 'node:fs/promises';
import { Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MillraceError, ProviderError } from '../errors.ts';
import type { BatchEntry } from '../ledger/ledger.ts';
import type { Download, ResultFile } from '../providers/provider.ts';
import { callOptions } from './mapping.ts';
import { beginPart, endPart, heldPart } from './part.ts';
import type { Work } from './work.ts';

/**
 * Downloads one result file under a name in the storage. What an earlier try left is continued where the server proves that
 * it is of the same version, else replaced.
 *
 * @returns its bytes; `undefined` if the provider no longer has it
 * @throws ProviderError whatever the provider failed with, or `incomplete_download`; what came so far is kept
 */
export async function downloadFile(file: ResultFile, name: string, batch: BatchEntry, work: Work): Promise<number | undefined> {
  const part = await work.storage.stage(name);
  const download = await openFrom(file, part, work);
  if (!download) return undefined;
  const { body, offset, totalBytes, etag } = download;
  // Broken or aborted before anybody reads it, the body would end the process; the pipeline below finds it broken all the same.
  body.on('error', () => undefined);
  if (offset === 0) await beginPart(part, file, etag);
  await append(body, part, work);
  const { size } = await stat(part);
  if (totalBytes !== undefined && size !== totalBytes) {
    if (size > totalBytes) await endPart(part);
    throw cutOff(batch, size, totalBytes);
  }
  await endPart(part);
  return (await work.storage.commit(name)).bytes;
}

async function openFrom(file: ResultFile, part: string, work: Work): Promise<Download | undefined> {
  const from = await heldPart(part, file);
  try {
    return await work.provider.download(file, { ...callOptions(work), ...(from ? { from } : {}) });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Writes what comes to the end of a part. A broken stream takes nothing along that had arrived, as a write stream of Node's would. */
async function append(body: Readable, part: string, { signal, onEvent }: Work): Promise<void> {
  const file = await open(part, 'a', 0o600);
  let written: Promise<void> = Promise.resolve();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written = file.appendFile(chunk);
      onEvent?.({ type: 'received', bytes: chunk.length });
      written.then(() => done(), done);
    },
  });
  try {
    await pipeline(body, sink, signal ? { signal } : {});
  } finally {
    // A failure of it is the pipeline's, or comes after one.
    await written.catch(() => undefined);
    await file.close();
  }
}

function cutOff(batch: BatchEntry, bytes: number, totalBytes: number): ProviderError {
  return new ProviderError('incomplete_download', `The results of batch ${batch.id} came as ${bytes} of ${totalBytes} bytes; they are fetched again.`, { batchId: batch.id });
}

/** Archived, expired or deleted. A provider of the user's own may just say that there is no such file. */
function isGone(error: unknown): boolean {
  return error instanceof MillraceError && (error.code === 'results_unavailable' || error.code === 'not_found');
}
