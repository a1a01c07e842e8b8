import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MillraceError, ProviderError } from '../errors.ts';
import type { BatchEntry, ResultEntry, ShardEntry } from '../ledger/ledger.ts';
import type { ResultFile } from '../providers/provider.ts';
import { assertHealthy } from './breaker.ts';
import { callOptions } from './mapping.ts';
import { ownerOf } from './owner.ts';
import type { StepEnd, Work } from './work.ts';

/** Downloads all result files of a shard, proves them whole and remembers them. */
export async function fetchResults(shard: ShardEntry, batch: BatchEntry, work: Work): Promise<StepEnd> {
  const results = await downloadAll(shard, batch, work);
  const owner = await ownerOf(shard, results, work);
  if (owner !== shard.number) return disown(shard, batch, results, owner, work);
  await work.ledger.recordFetch(shard.number, results, work.clock.now());
  work.onEvent?.({ type: 'shard', shard, state: 'fetched', batch });
  await assertHealthy(shard, results, work);
  return { state: 'fetched', waitMs: 0 };
}

/** The batch was adopted by time and count, and was not this shard's after all: its owner gets it. */
async function disown(shard: ShardEntry, batch: BatchEntry, results: readonly ResultEntry[], owner: number | undefined, work: Work): Promise<StepEnd> {
  await work.ledger.disown(shard.number, batch.id, owner, work.clock.now());
  for (const { file } of results) await work.storage.remove(file);
  return { state: 'built', waitMs: 0 };
}

async function downloadAll(shard: ShardEntry, batch: BatchEntry, work: Work): Promise<ResultEntry[]> {
  const first = await downloadOnce(shard, batch, work);
  if (linesOf(first) >= shard.requestCount) return first.map(({ entry }) => entry);
  // Lines are missing: before records are, the download is suspected. Only a second one of the same size is believed.
  const second = await downloadOnce(shard, batch, work);
  if (bytesOf(second) < bytesOf(first)) {
    throw new ProviderError('incomplete_download', `Two downloads of the results of batch ${batch.id} differ in size; they are fetched again.`, { batchId: batch.id });
  }
  return second.map(({ entry }) => entry);
}

interface Downloaded {
  readonly entry: ResultEntry;
  readonly lines: number;
}

async function downloadOnce(shard: ShardEntry, batch: BatchEntry, work: Work): Promise<Downloaded[]> {
  const downloaded: Downloaded[] = [];
  for (const file of batch.resultFiles) {
    const name = `results/shard-${String(shard.number).padStart(6, '0')}-${file.kind}.jsonl`;
    const result = await downloadFile(file, name, batch, work);
    if (result) downloaded.push({ entry: { batchId: batch.id, shard: shard.number, kind: file.kind, file: name, bytes: result.bytes }, lines: result.lines });
  }
  return downloaded;
}

async function downloadFile(file: ResultFile, name: string, batch: BatchEntry, work: Work): Promise<{ bytes: number; lines: number } | undefined> {
  const part = await work.storage.stage(name);
  const measure = new Measure();
  try {
    const { body, totalBytes } = await work.provider.download(file, callOptions(work));
    await pipeline(body, measure, createWriteStream(part, { mode: 0o600 }), work.signal ? { signal: work.signal } : {});
    if (totalBytes !== undefined && measure.bytes < totalBytes) throw cutOff(batch, measure.bytes, totalBytes);
  } catch (error) {
    work.signal?.throwIfAborted();
    if (isGone(error)) return undefined;
    throw error instanceof MillraceError ? error : cutOff(batch, measure.bytes, undefined, error);
  }
  const { bytes } = await work.storage.commit(name);
  return { bytes, lines: measure.lines };
}

/** Counts bytes and lines on their way to the disk. */
class Measure extends Transform {
  bytes = 0;
  #lineFeeds = 0;
  #last = 0x0a;

  get lines(): number {
    return this.#lineFeeds + (this.#last === 0x0a ? 0 : 1);
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.#last = chunk[chunk.length - 1] ?? this.#last;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) this.#lineFeeds += 1;
    done(null, chunk);
  }
}

function cutOff(batch: BatchEntry, bytes: number, totalBytes?: number, cause?: unknown): ProviderError {
  const announced = totalBytes === undefined ? '' : ` of ${totalBytes}`;
  return new ProviderError('incomplete_download', `The results of batch ${batch.id} ended after ${bytes}${announced} bytes; they are fetched again.`, { batchId: batch.id, cause });
}

/** Archived or deleted results never come back; their records are `missing`, and the batch says why. */
function isGone(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'results_unavailable';
}

const linesOf = (files: readonly Downloaded[]) => files.reduce((sum, { lines }) => sum + lines, 0);
const bytesOf = (files: readonly Downloaded[]) => files.reduce((sum, { entry }) => sum + entry.bytes, 0);
