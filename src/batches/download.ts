import type { BatchEntry, ResultEntry, ShardEntry } from '../ledger/ledger.ts';
import type { ResultFile } from '../providers/provider.ts';
import { assertHealthy } from './breaker.ts';
import { answersAll } from './completeness.ts';
import { downloadFile } from './download-file.ts';
import { ownerOf } from './owner.ts';
import { poll } from './poll.ts';
import { clearSuspicion, readSuspicion, suspect } from './suspicion.ts';
import type { StepEnd, Work } from './work.ts';

/** Equal looks in a row after which results are believed to lack records, and files to be gone. */
const looksUntil = { short: 2, gone: 4 };

/** Downloads all result files of a shard, proves them whole and remembers them. What they lack is suspected before it is believed. */
export async function fetchResults(shard: ShardEntry, batch: BatchEntry, work: Work): Promise<StepEnd> {
  const before = await readSuspicion(shard, work.storage);
  if (before) {
    const seen = await poll(shard, batch.id, work);
    if (seen.state !== 'ended') return seen;
  }
  const current = (before && (await work.ledger.batch(batch.id))) ?? batch;
  const downloads = await downloadAll(shard, current, work);
  const results = downloads.flatMap(({ entry }) => entry ?? []);
  const isProven = !(await work.ledger.unproven()).includes(current.id);
  const owner = isProven ? shard.number : await ownerOf(shard, results, work);
  if (owner !== shard.number) return disown(shard, current, results, owner, work);
  if (!(await isWhole(shard, results, work))) {
    const { looks } = await suspect(shard, describe(downloads), before, work.storage);
    const isGone = downloads.some(({ entry }) => entry === undefined);
    if (looks < looksUntil[isGone ? 'gone' : 'short']) return { state: 'ended', waitMs: work.graceMs };
  }
  return accept(shard, current, results, work);
}

async function accept(shard: ShardEntry, batch: BatchEntry, results: readonly ResultEntry[], work: Work): Promise<StepEnd> {
  await work.ledger.recordFetch(shard.number, results, work.clock.now());
  await clearSuspicion(shard, work.storage);
  await work.budget?.settle(shard);
  work.onEvent?.({ type: 'shard', shard, state: 'fetched', batch });
  await assertHealthy(shard, results, work);
  return { state: 'fetched', waitMs: 0 };
}

/** The batch was adopted by time and count, and was not this shard's after all: its owner gets it. */
async function disown(shard: ShardEntry, batch: BatchEntry, results: readonly ResultEntry[], owner: number | undefined, work: Work): Promise<StepEnd> {
  await work.ledger.disown(shard.number, batch.id, owner, work.clock.now());
  await clearSuspicion(shard, work.storage);
  for (const { file } of results) await work.storage.remove(file);
  return { state: 'built', waitMs: 0 };
}

interface Downloaded {
  readonly file: ResultFile;
  /** Left out where the provider no longer has the file. */
  readonly entry?: ResultEntry;
}

async function downloadAll(shard: ShardEntry, batch: BatchEntry, work: Work): Promise<Downloaded[]> {
  const downloads: Downloaded[] = [];
  for (const file of batch.resultFiles) {
    const name = `results/shard-${String(shard.number).padStart(6, '0')}-${file.kind}.jsonl`;
    const bytes = await downloadFile(file, name, batch, work);
    downloads.push({ file, ...(bytes === undefined ? {} : { entry: { batchId: batch.id, shard: shard.number, kind: file.kind, file: name, bytes } }) });
  }
  return downloads;
}

async function isWhole(shard: ShardEntry, results: readonly ResultEntry[], work: Work): Promise<boolean> {
  return answersAll(await Promise.all(results.map(({ file }) => work.storage.open(file))), shard, work);
}

/** Two looks are equal if they found the same files of the same sizes. */
function describe(downloads: readonly Downloaded[]): string {
  return JSON.stringify(downloads.map(({ file, entry }) => [file.id, entry?.bytes ?? 'gone']));
}
