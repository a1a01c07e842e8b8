import { readFile } from 'node:fs/promises';
import type { Ledger, RunEntry, ShardEntry } from '../ledger/ledger.ts';
import { placeProblems, type PlacedProblem, type SentRecord } from '../lint/place.ts';
import type { BatchProblem } from '../providers/provider.ts';
import { readStretch } from '../shards/stretch-reader.ts';
import type { SpooledRecord } from '../shards/stretch.ts';
import type { Storage } from '../storage/storage.ts';

/** What of a run tells its records. */
export interface SentSource {
  readonly ledger: Pick<Ledger, 'run' | 'stretches'>;
  readonly storage: Pick<Storage, 'open'>;
}

/** The problems of a batch, led back to the source records of its shard. Reads the records of the shard, once, where lines are named. */
export async function placedProblems(shard: ShardEntry, problems: readonly BatchProblem[], source: SentSource): Promise<PlacedProblem[]> {
  const lines = problems.flatMap(({ line }) => line ?? []);
  const records = lines.length === 0 ? new Map<number, SentRecord>() : await sentRecords(shard, new Set(lines), source);
  return placeProblems(problems, shard.number, (line) => records.get(line));
}

/** The records behind some lines of a shard, by line; those of batches that another tool made are not known. */
async function sentRecords(shard: ShardEntry, lines: ReadonlySet<number>, { ledger, storage }: SentSource): Promise<Map<number, SentRecord>> {
  const found = new Map<number, SentRecord>();
  if (shard.file === '') return found;
  const file = fileOf(await ledger.run());
  const lineOf = await lineFinder(shard, storage);
  let end = 0;
  for (const stretch of await ledger.stretches()) {
    end += stretch.recordCount;
    if (end <= shard.firstIndex) continue;
    for await (const record of readStretch(await storage.open(stretch.file), { values: false })) {
      const line = lineOf(record);
      if (line !== undefined && lines.has(line)) found.set(line, { ...sentRecordOf(record), ...file });
      if (found.size === lines.size || record.index >= shard.lastIndex) return found;
    }
  }
  return found;
}

/** Finds the 1-based line of a record in a shard. Asked for each record, in rising order. */
async function lineFinder({ number, members }: ShardEntry, storage: SentSource['storage']): Promise<(record: SpooledRecord) => number | undefined> {
  if (members !== undefined) {
    const indexes = (await readFile(await storage.open(members), 'utf8')).trimEnd().split('\n').map(Number);
    const lineByIndex = new Map(indexes.map((index, position) => [index, position + 1]));
    return ({ index }) => lineByIndex.get(index);
  }
  let line = 0;
  return (record) => (record.shard === number ? (line += 1) : undefined);
}

/** A record as a place names it. */
export function sentRecordOf({ index, customId, line }: Pick<SpooledRecord, 'index' | 'customId' | 'line'>): SentRecord {
  return { index, customId, ...(line === undefined ? {} : { line }) };
}

/** The name of the source of a run, where it is a file. */
export function fileOf(run: Pick<RunEntry, 'description'> | undefined): { readonly file?: string } {
  const source = run?.description['source'];
  if (typeof source !== 'object' || source === null || !('name' in source)) return {};
  return typeof source.name === 'string' ? { file: source.name } : {};
}
