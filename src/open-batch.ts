import type { Readable } from 'node:stream';
import { pollDelay } from './batches/backoff.ts';
import { cancelUnlessEnded } from './batches/cancel.ts';
import { systemClock, type Clock } from './batches/clock.ts';
import { pauseAfter, withRetries } from './batches/patience.ts';
import { MillraceError, ProviderError, StateError } from './errors.ts';
import type { Batch, Provider, ResultFile } from './providers/provider.ts';

/** Options of {@link openBatch}. */
export interface OpenBatchOptions {
  /** Longest pause between two looks, in milliseconds. @default 60000 */
  readonly pollIntervalMs?: number;
  /** How long to wait at most, in milliseconds. @default no limit */
  readonly maxWaitMs?: number;
  /** Told what each look shows. */
  readonly onBatch?: (batch: Batch) => void;
  readonly signal?: AbortSignal;
  /** Time, for tests. @default the system's */
  readonly clock?: Clock;
}

/** A batch at its provider, whoever created it. */
export interface BatchHandle {
  readonly id: string;
  /** How it stands now. */
  status(): Promise<Batch>;
  /** Waits until it has ended. @throws StateError `wait_timeout` */
  wait(): Promise<Batch>;
  /**
   * The bytes of its result files, output before errors: whole lines, as the provider wrote them. A download that was cut off goes on where
   * it stopped.
   *
   * @throws StateError `not_finished` while it is under way
   */
  results(): AsyncGenerator<Buffer, void, undefined>;
  /** Asks the provider to cancel it. That it has ended meanwhile is no failure. */
  cancel(): Promise<Batch>;
}

/**
 * Opens a batch by its id: no run directory is needed, only a key that can see it. Failures that pass are waited out.
 *
 * @param provider whose batch it is
 * @param id as the provider gave it, such as `batch_…` or `msgbatch_…`
 *
 * @example
 * const batch = openBatch(openai(), 'batch_690c12a4d0f48190');
 * await batch.wait();
 * await pipeline(batch.results(), parseResults(), async (results) => { for await (const { customId } of results) console.log(customId); });
 */
export function openBatch(provider: Provider, id: string, options: OpenBatchOptions = {}): BatchHandle {
  const { signal } = options;
  const call = signal ? { signal } : {};
  const status = () => withRetries(provider, options, () => provider.retrieve(id, call));
  return {
    id,
    status,
    wait: () => waitFor(status, id, options),
    results: () => resultsOf(status, id, provider, options),
    async cancel() {
      await withRetries(provider, options, () => cancelUnlessEnded(id, { provider, ...call }));
      return status();
    },
  };
}

async function waitFor(status: () => Promise<Batch>, id: string, { pollIntervalMs = 60_000, maxWaitMs = Infinity, onBatch, signal, clock = systemClock }: OpenBatchOptions): Promise<Batch> {
  const deadline = clock.now() + maxWaitMs;
  for (;;) {
    const batch = await status();
    onBatch?.(batch);
    if (batch.status !== 'pending') return batch;
    const now = clock.now();
    if (now >= deadline) throw new StateError('wait_timeout', `The longest wait has passed; batch ${id} is ${batch.rawStatus} and goes on at the provider.`, { batchId: id });
    await clock.sleep(Math.min(pollDelay(now - (batch.createdAt ?? now), pollIntervalMs), deadline - now), signal);
  }
}

const lineFeed = 0x0a;
/** How often in a row a download may break off without a new byte. */
const mostBreaks = 10;

async function* resultsOf(status: () => Promise<Batch>, id: string, provider: Provider, options: OpenBatchOptions): AsyncGenerator<Buffer, void, undefined> {
  const batch = await status();
  if (batch.status === 'pending') throw new StateError('not_finished', `Batch ${id} is ${batch.rawStatus}: its results are there when it has ended. Wait for it first.`, { batchId: id });
  for (const file of batch.resultFiles) {
    let last: number | undefined;
    for await (const bytes of bytesOf(file, provider, options)) {
      last = bytes.at(-1) ?? last;
      yield bytes;
    }
    // The first line of the next file must not be glued to the last of this one.
    if (last !== undefined && last !== lineFeed) yield Buffer.from('\n');
  }
}

/** The bytes of a result file. A broken download is continued where the server proves that it is of the same version, else its beginning is skipped. */
async function* bytesOf(file: ResultFile, provider: Provider, options: OpenBatchOptions): AsyncGenerator<Buffer, void, undefined> {
  const { signal } = options;
  let offset = 0;
  let etag: string | undefined;
  for (let failures = 0; ; ) {
    const from = offset > 0 && etag !== undefined ? { from: { offset, etag } } : {};
    const download = await withRetries(provider, options, () => provider.download(file, { ...(signal ? { signal } : {}), ...from }));
    // Broken before anybody reads it, the body would end the process; the loop below finds it broken all the same.
    download.body.on('error', () => undefined);
    if (offset > 0 && etag !== download.etag) throw new ProviderError('incomplete_download', `The results ${file.id} changed while they were downloaded: fetch them again.`, { file: file.id });
    etag = download.etag;
    let position = download.offset;
    try {
      for await (const chunk of chunksOf(download.body)) {
        const fresh = chunk.subarray(Math.max(0, offset - position));
        position += chunk.length;
        if (fresh.length === 0) continue;
        offset += fresh.length;
        failures = 0;
        yield fresh;
      }
      if (download.totalBytes === undefined || offset >= download.totalBytes) return;
      throw new ProviderError('incomplete_download', `The results came as ${offset} of ${download.totalBytes} bytes.`, { file: file.id });
    } catch (error) {
      failures += 1;
      if (failures > mostBreaks) throw asFailure(error, file);
      await pauseAfter(asFailure(error, file), failures, provider, options);
    } finally {
      download.body.destroy();
    }
  }
}

async function* chunksOf(body: Readable): AsyncGenerator<Buffer, void, undefined> {
  // A body of bytes, without an encoding, gives buffers.
  for await (const chunk of body) yield chunk as Buffer;
}

/** What breaks in the middle of a body is no error of ours yet. */
function asFailure(cause: unknown, file: ResultFile): unknown {
  if (cause instanceof MillraceError) return cause;
  return new ProviderError('incomplete_download', `The download of ${file.id} broke off.`, { file: file.id, cause });
}
