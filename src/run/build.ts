import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchEntry, RunEntry, ShardEntry, StretchEntry } from '../ledger/ledger.ts';
import { recordsFrom } from '../records/records-from.ts';
import type { Header, JsonObject, Rejection, SourceRecord } from '../records/record.ts';
import { UnreadableRows } from '../records/unreadable.ts';
import { isRejection, requestBuilderFor } from '../requests/request-builder.ts';
import { IdTable } from '../results/id-table.ts';
import { Sharder } from '../shards/sharder.ts';
import { spoolRecords, type Place } from '../shards/spool.ts';
import { StretchWriter } from '../shards/stretch.ts';
import { describeSchema } from './answer-schema.ts';
import { assertSameJob, describeOption, describeSource, differencesFrom } from './identity.ts';
import { tighten } from './limits.ts';
import type { BuildOptions, DriveOptions, ReadingOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { Session } from './session.ts';
import { taggedId } from './wire-ids.ts';

/** Source records in one stretch. */
const recordsPerStretch = 50_000;

/**
 * Builds the run of a directory unless it has been built: then the source is not read again. A build that was cut off
 * begins anew, because nothing was sent.
 */
export async function ensureBuilt<T>(session: Session, options: BuildOptions<T, unknown> & DriveOptions, progress: Progress): Promise<RunEntry> {
  const { entry, isBuilt } = await begin(session, options, { description: await describeJob(options), ...(options.tag === undefined ? {} : { tag: options.tag }) }, progress);
  if (isBuilt) return entry;
  const shards: ShardEntry[] = [];
  const ids = new IdTable({ directory: session.directory });
  const sharder = await sharderFor(session, options, (shard) => shards.push(shard));
  try {
    const found = await readSource(session, options, progress, placing(entry, options, ids, sharder));
    sharder.end();
    if (found.records === 0) options.onWarning?.('the source holds no record');
    return await finish(session, entry, { ...found, shards: shards.toSorted((a, b) => a.number - b.number), batches: [] });
  } catch (error) {
    sharder.abort();
    throw error;
  } finally {
    ids.close();
  }
}

/** What begins the build of a run. */
interface Beginning {
  readonly description: JsonObject;
  /** @default random */
  readonly tag?: string;
}

/**
 * Begins the build of a directory's run, unless it holds the same one, built. Another job is refused once anything of the one there
 * was sent; until then it is replaced, so that a prompt can be corrected.
 */
export async function begin(session: Session, { provider }: DriveOptions, { description, tag = randomBytes(4).toString('hex') }: Beginning, progress: Progress): Promise<{ entry: RunEntry; isBuilt: boolean }> {
  const existing = await session.ledger.run();
  const identity = { provider: provider.name, account: provider.account, description };
  if (existing?.state === 'built') {
    const differences = differencesFrom(existing, identity);
    if (differences.length === 0) return { entry: existing, isBuilt: true };
    if (await isBound(session, existing)) assertSameJob(session.directory, existing, identity);
    progress.update({ news: `nothing was sent yet of the run in ${session.directory}: it is built anew, because ${differences.join('; ')}` });
  }
  const entry: RunEntry = { id: randomUUID(), tag, ...identity, state: 'building', records: 0, fields: [], createdAt: session.clock.now() };
  await session.ledger.beginBuild(entry);
  return { entry, isBuilt: false };
}

/** True for a run that must not be replaced: something of it is at the provider, or its records, read from a stream, are nowhere else. */
async function isBound({ ledger }: Session, { description: { source } }: RunEntry): Promise<boolean> {
  const isStream = typeof source === 'object' && source !== null && 'kind' in source && source.kind === 'stream';
  return isStream || (await ledger.hasSent()) || (await ledger.batches()).length > 0;
}

/** What reading a source found. */
export interface Found extends Pick<RunEntry, 'records' | 'fields' | 'header'> {
  readonly stretches: readonly StretchEntry[];
}

/** Reads the source of a run into stretches; `place` says for each record where it goes. */
export async function readSource<T>(session: Session, options: ReadingOptions<T> & DriveOptions, progress: Progress, place: (record: SourceRecord<T>) => Place | Rejection): Promise<Found> {
  const { source, read, strict = false, onReject, signal } = options;
  const folder = await freshFolder(session, 'source');
  const stretches: StretchEntry[] = [];
  const unreadable = new UnreadableRows();
  let header: Header | undefined;
  const spooled = await spoolRecords<T>({
    records: recordsFrom<T>(source, { ...read, onHeader: (found) => (header = found), ...(strict ? {} : { onReject: (row) => unreadable.add(row) }), ...(signal ? { signal } : {}) }),
    unreadable,
    place,
    strict,
    ...(typeof source === 'string' ? { file: source } : {}),
    stretches: new StretchWriter(folder, recordsPerStretch, ({ path, ...stretch }) => stretches.push({ ...stretch, file: `source/${nameOf(path)}` })),
    onProgress: (records) => progress.update({ records }),
    ...(onReject ? { onReject } : {}),
    ...(signal ? { signal } : {}),
  });
  return { ...(header === undefined ? {} : { header }), ...spooled, stretches };
}

/** Ends a build: from now on the run is sent, and never built again. */
export async function finish(session: Session, entry: RunEntry, built: Found & { shards: readonly ShardEntry[]; batches: readonly BatchEntry[] }): Promise<RunEntry> {
  await session.ledger.endBuild(built);
  const { records, fields, header } = built;
  return { ...entry, records, fields, ...(header ? { header } : {}), state: 'built' };
}

/** Makes the request of a record and puts it into a shard. */
function placing<T>(entry: RunEntry, options: BuildOptions<T, unknown> & DriveOptions, ids: IdTable, sharder: Sharder): (record: SourceRecord<T>) => Place | Rejection {
  const { provider, request, customId, onWarning, canary } = options;
  const wireId = taggedId(entry, provider);
  const toRequest = requestBuilderFor<T>(
    {
      body: request,
      limits: provider.limits,
      ...(customId === undefined ? {} : { customId }),
      ...(wireId ? { wireId } : {}),
      ...(onWarning ? { onWarning } : {}),
    },
    ids,
  );
  let requests = 0;
  return (record) => {
    const made = toRequest(record);
    if (isRejection(made)) return made;
    const shard = sharder.add(made);
    if (typeof shard !== 'number') return shard;
    requests += 1;
    // The shards so far hold the canaries: they are sent ahead of the others.
    if (requests === canary) sharder.end();
    return { customId: made.customId, shard };
  };
}

async function sharderFor(session: Session, { provider, limits }: DriveOptions, add: (shard: ShardEntry) => void): Promise<Sharder> {
  return new Sharder({
    directory: await freshFolder(session, 'shards'),
    limits: tighten(provider.limits, limits),
    distinctCounts: provider.tagsCustomIds,
    formatRequest: (request) => provider.formatRequest(request),
    onShard: ({ path, ...shard }) => add({ ...shard, round: 1, file: `shards/${nameOf(path)}`, via: 'batch', state: 'built' }),
  });
}

/** An empty folder of the run: what a build that was cut off left there is removed. */
async function freshFolder({ directory }: Session, name: string): Promise<string> {
  const folder = join(directory, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function describeJob<T>({ source, request, customId, read, limits }: BuildOptions<T, unknown>): Promise<JsonObject> {
  return {
    source: await describeSource(source),
    endpoint: request.endpoint,
    request: request.description ?? null,
    ...describeSchema(request),
    customId: describeOption(customId),
    read: describeOption(read),
    limits: describeOption(limits),
  };
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
