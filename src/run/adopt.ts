import { batchEntryOf } from '../batches/mapping.ts';
import { InputError, MillraceError } from '../errors.ts';
import type { BatchEntry, RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Batch } from '../providers/provider.ts';
import type { Rejection, SourceRecord } from '../records/record.ts';
import { customIdOf } from '../requests/custom-id.ts';
import { checkColumns } from '../requests/field.ts';
import { UniqueIds } from '../requests/unique-ids.ts';
import type { Place } from '../shards/place-requests.ts';
import { anyShard } from '../shards/stretch.ts';
import { begin, finish, readSource } from './build.ts';
import { describeOption, describeSource } from './identity.ts';
import type { AdoptOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { Session } from './session.ts';

/** Makes a run of batches that another tool created: its source is read, and each batch becomes a shard that has been sent. */
export async function ensureAdopted<T>(session: Session, options: AdoptOptions<T>, progress: Progress): Promise<RunEntry> {
  const { batches: ids, customId, read } = options;
  if (ids.length === 0 || new Set(ids).size < ids.length) throw new InputError('invalid_option', 'Name the batches to adopt, each once.');
  const description = { source: await describeSource(options.source), customId: describeOption(customId), read: describeOption(read), adopted: [...ids] };
  const { entry, isBuilt } = await begin(session, options, { description }, progress);
  if (isBuilt) return entry;
  const batches = await Promise.all(ids.map((id) => options.provider.retrieve(id, options.signal ? { signal: options.signal } : {})));
  const seen = new UniqueIds({ directory: session.directory });
  try {
    const found = await readSource(session, options, progress, { place: placing(options, seen) });
    const now = session.clock.now();
    return await finish(session, entry, {
      ...found,
      shards: batches.map((batch, index) => shardOf(batch, index + 1, found.records)),
      batches: batches.map((batch, index): BatchEntry => batchEntryOf(batch, index + 1, now)),
    });
  } finally {
    seen.close();
  }
}

/** Any record may be in any of the batches; its id must be its own. */
function placing<T>({ customId, strict = false }: AdoptOptions<T>, seen: UniqueIds): (record: SourceRecord<T>) => Place | Rejection {
  const idOf = customIdOf(customId);
  let isChecked = false;
  return (record) => {
    if (!isChecked && typeof customId === 'string' && record.header) checkColumns([customId], record.header, 'The id option');
    isChecked = true;
    const placed = place(record, idOf, seen);
    if (strict && 'code' in placed) throw new InputError(placed.code, placed.message, { index: record.index });
    return placed;
  };
}

function place<T>(record: SourceRecord<T>, idOf: (record: SourceRecord<T>) => string, seen: UniqueIds): Place | Rejection {
  try {
    const customId = idOf(record);
    const earlier = seen.add(customId, record.line ?? record.index);
    if (earlier === undefined) return { customId, shard: anyShard };
    const unit = record.line === undefined ? 'record' : 'line';
    const message = `The custom_id ${JSON.stringify(customId)} of ${unit} ${record.line ?? record.index} was used before, by ${unit} ${earlier}.`;
    return { code: 'duplicate_custom_id', message, index: record.index, customId };
  } catch (error) {
    if (error instanceof MillraceError) return { code: error.code, message: error.message, index: record.index };
    throw error;
  }
}

function shardOf(batch: Batch, number: number, records: number): ShardEntry {
  return {
    number,
    round: 1,
    file: '',
    endpoint: '',
    requestCount: batch.counts.total,
    bytes: 0,
    sha256: '',
    firstIndex: 0,
    lastIndex: Math.max(0, records - 1),
    via: 'batch',
    state: 'submitted',
    batchId: batch.id,
  };
}
