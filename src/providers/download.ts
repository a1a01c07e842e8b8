import { Readable } from 'node:stream';
import { ProviderError } from '../errors.ts';
import { failureOf, type Call, type Connection } from './connection.ts';
import { Deadline } from './deadline.ts';
import type { Download, DownloadOptions } from './provider.ts';
import { resumeOf, strongEtagOf, totalBytesOf } from './range.ts';
import { follow } from './redirects.ts';

/**
 * Opens a file at the provider as a stream, from `from.offset` on if the server honors it. Compression is declined, so that
 * the length and the offsets are those of the file. `timeoutMs` is the longest silence of the server; a slow reader is not hurried.
 *
 * @throws ProviderError `results_unavailable` for 404 and 410: archived, expired or deleted, or not there yet
 */
export async function openDownload(connection: Connection, call: Call, { from, signal }: DownloadOptions = {}): Promise<Download> {
  const deadline = new Deadline(connection.timeoutMs, signal);
  try {
    const range = from && { range: `bytes=${from.offset}-`, 'if-range': from.etag };
    const response = await follow(connection, withHeaders(call, { ...range }), deadline);
    const resume = from ? resumeOf(response, from) : 'whole';
    const held = from?.offset ?? 0;
    if (resume === 'whole') return downloadOf(connection, call, deadline, response, 0);
    if (resume !== 'restart') return downloadOf(connection, call, deadline, response, held);
    await response.body?.cancel();
    return downloadOf(connection, call, deadline, await follow(connection, withHeaders(call, {}), deadline), 0);
  } catch (error) {
    const failure = failureOf(connection, call, deadline, error);
    deadline.close({ abort: true });
    throw isGone(failure) ? goneFor(failure) : failure;
  }
}

function isGone(failure: unknown): failure is ProviderError {
  return failure instanceof ProviderError && (failure.code === 'not_found' || failure.context.status === 410);
}

function goneFor({ message, context, cause }: ProviderError): ProviderError {
  return new ProviderError('results_unavailable', message, { ...context, cause });
}

function withHeaders(call: Call, headers: Record<string, string>): Call {
  return { ...call, headers: { ...call.headers, 'accept-encoding': 'identity', ...headers } };
}

function downloadOf(connection: Connection, call: Call, deadline: Deadline, response: Response, offset: number): Download {
  const totalBytes = totalBytesOf(response);
  const etag = strongEtagOf(response.headers);
  return {
    body: bodyOf(connection, call, deadline, response),
    offset,
    ...(totalBytes !== undefined && { totalBytes }),
    ...(etag !== undefined && { etag }),
  };
}

/** Reads one chunk ahead of its consumer at most. The time runs only while the server is waited for. */
function bodyOf(connection: Connection, call: Call, deadline: Deadline, response: Response): Readable {
  const reader = response.body?.getReader();
  deadline.pause();
  const fail = (error: unknown): void => {
    // Whatever a signal's reason is, a stream can only carry it as an error.
    const failure = failureOf(connection, call, deadline, error);
    body.destroy(failure instanceof Error ? failure : new Error(String(failure)));
  };
  const next = async (): Promise<Uint8Array | null> => {
    deadline.touch();
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    deadline.pause();
    return done ? null : value;
  };
  const body = new Readable({
    read() {
      next().then((chunk) => body.push(chunk), fail);
    },
    destroy(error, done) {
      deadline.signal.removeEventListener('abort', onAbort);
      deadline.close({ abort: true });
      done(error);
    },
  });
  // A body that nobody reads at this moment must end with the caller's signal too.
  const onAbort = (): void => fail(deadline.signal.reason);
  deadline.signal.addEventListener('abort', onAbort, { once: true });
  return body;
}
