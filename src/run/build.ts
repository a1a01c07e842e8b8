import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BatchEntry, RunEntry, ShardEntry, StretchEntry } from '../ledger/ledger.ts';
import { checkLimit } from '../records/parse-stage.ts';
import { feedRows, rowDialect, type RowDialect } from '../records/read.ts';
import { recordsFrom } from '../records/records-from.ts';
import type { Header, JsonObject, Rejection, SourceRecord } from '../records/record.ts';
import { UnreadableRows } from '../records/unreadable.ts';
import { compiledOf } from '../requests/request.ts';
import { type PrintOptions, requestBuilderFor, requestPrinterFor } from '../requests/request-builder.ts';
import { RowLines } from '../requests/row-lines.ts';
import { UniqueIds } from '../requests/unique-ids.ts';
import { Sharder } from '../shards/sharder.ts';
import type { RequestFrame } from '../shards/limits.ts';
import { RowSpooler } from '../shards/row-spooler.ts';
import { Spooler, spoolRecords, type Place, type Spooled, type SpoolInput } from '../shards/spool.ts';
import { StretchWriter } from '../shards/stretch-writer.ts';
import { WriteQueue } from '../shards/write-queue.ts';
import { assertSameJob, describeOption, describeSource } from './identity.ts';
import { tighten } from './limits.ts';
import type { BuildOptions, OpenRunOptions, ReadingOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { Session } from './session.ts';
import { taggedId } from './wire-ids.ts';

/** Source records in one stretch. */
const recordsPerStretch = 50_000;

/**
 * Builds the run of a directory unless it has been built: then the source is not read again. A build that was cut off
 * begins anew, because nothing was sent.
 */
export async function ensureBuilt<T>(session: Session, options: BuildOptions<T> & OpenRunOptions, progress: Progress): Promise<RunEntry> {
  const { entry, isBuilt } = await begin(session, options, await describeJob(options), options.tag);
  if (isBuilt) return entry;
  const shards: ShardEntry[] = [];
  const ids = new UniqueIds({ directory: session.directory });
  const queue = new WriteQueue();
  const sharder = await sharderFor(session, options, queue, (shard) => shards.push(shard));
  try {
    const found = await readSource(session, options, progress, placing(entry, options, ids, sharder), { sharder, lines: linesFor(entry, options, ids), queue });
    sharder.end();
    await queue.idle();
    return await finish(session, entry, { ...found, shards: shards.toSorted((a, b) => a.number - b.number), batches: [] });
  } catch (error) {
    sharder.abort();
    // What is being written is let go of before anybody looks at the directory; the error says enough.
    await queue.idle().catch(() => undefined);
    throw error;
  } finally {
    ids.close();
  }
}

/** Begins the build of a directory's run, unless it holds the same one, built. Another job is refused, but for one whose build failed: nothing of it was sent. */
export async function begin(session: Session, { provider }: OpenRunOptions, description: JsonObject, tag = randomBytes(4).toString('hex')): Promise<{ entry: RunEntry; isBuilt: boolean }> {
  const existing = await session.ledger.run();
  const account = { provider: provider.name, account: provider.account };
  if (existing?.state === 'built') {
    assertSameJob(session.directory, existing, { description, ...account });
    return { entry: existing, isBuilt: true };
  }
  const entry: RunEntry = { id: randomUUID(), tag, ...account, description, state: 'building', records: 0, fields: [], createdAt: session.clock.now() };
  await session.ledger.beginBuild(entry);
  return { entry, isBuilt: false };
}

/** What reading a source found. */
export interface Found extends Pick<RunEntry, 'records' | 'fields' | 'header'> {
  readonly stretches: readonly StretchEntry[];
}

/** How rows of a source become request lines without becoming records. */
export interface LineWay<T> {
  readonly sharder: Sharder;
  readonly lines: RowLines<T> | undefined;
  readonly queue: WriteQueue;
}

/** Reads the source of a run into stretches; `place` says for each record where it goes. */
export async function readSource<T>(session: Session, options: ReadingOptions<T> & OpenRunOptions, progress: Progress, place: (record: SourceRecord<T>) => Place | Rejection, way?: LineWay<T>): Promise<Found> {
  const { source, customId, strict = false, onReject, signal } = options;
  const stretches: StretchEntry[] = [];
  const queue = way?.queue ?? new WriteQueue();
  const dialect = typeof customId === 'function' ? undefined : rowDialect(source, options.read ?? {});
  const keepRows = dialect === undefined ? undefined : typeof customId === 'string' ? { idField: customId } : {};
  const input: SpoolInput<T> = {
    place,
    strict,
    ...(typeof source === 'string' ? { file: source } : {}),
    stretches: new StretchWriter({ directory: await freshFolder(session, 'source'), recordsPerStretch, onStretch: ({ path, ...stretch }) => stretches.push({ ...stretch, file: `source/${nameOf(path)}` }), keepRows, queue }),
    onProgress: (records) => progress.update({ records }),
    ready: () => queue.room(),
    ...(onReject ? { onReject } : {}),
    ...(signal ? { signal } : {}),
  };
  const spooled = dialect === undefined ? await readAsRecords(options, input) : await readAsRows(options, input, dialect, way);
  await queue.idle();
  return { ...spooled, stretches };
}

/** Reads any source, record after record. */
async function readAsRecords<T>({ source, read, strict = false, signal }: ReadingOptions<T> & OpenRunOptions, input: SpoolInput<T>): Promise<Spooled> {
  const unreadable = new UnreadableRows();
  let header: Header | undefined;
  const records = recordsFrom<T>(source, { ...read, onHeader: (found) => (header = found), ...(strict ? {} : { onReject: (row) => unreadable.add(row) }), ...(signal ? { signal } : {}) });
  const spooled = await spoolRecords<T>(records, unreadable, input);
  return { ...(header === undefined ? {} : { header }), ...spooled };
}

/** Reads a table of text, many rows at a time. */
async function readAsRows<T>({ source, read = {}, strict = false, signal }: ReadingOptions<T> & OpenRunOptions, input: SpoolInput<T>, dialect: RowDialect, way?: LineWay<T>): Promise<Spooled> {
  const spooler = new Spooler<T>(input);
  let header: Header | undefined;
  const makeSink = (file: string) =>
    new RowSpooler<T>({ file, spooler, place: input.place, sharder: way?.sharder, lines: way?.lines, dialect, strict, limit: checkLimit(read.limit ?? Infinity), onHeader: (found) => (header = found) });
  try {
    // Only a path or a stream of bytes has a dialect.
    await feedRows(source as string | Readable, { ...read, ...(signal ? { signal } : {}) }, makeSink, input.ready);
    return { ...(header === undefined ? {} : { header }), ...spooler.end() };
  } catch (error) {
    input.stretches?.abort();
    throw error;
  }
}

/** Ends a build: from now on the run is sent, and never built again. */
export async function finish(session: Session, entry: RunEntry, built: Found & { shards: readonly ShardEntry[]; batches: readonly BatchEntry[] }): Promise<RunEntry> {
  await session.ledger.endBuild(built);
  const { records, fields, header } = built;
  return { ...entry, records, fields, ...(header ? { header } : {}), state: 'built' };
}

/** Makes the request of a record and puts it into a shard. */
function placing<T>(entry: RunEntry, options: BuildOptions<T> & OpenRunOptions, ids: UniqueIds, sharder: Sharder): (record: SourceRecord<T>) => Place | Rejection {
  const { provider, request, customId, onWarning, canary } = options;
  const wireId = taggedId(entry, provider);
  const common = { body: request, limits: provider.limits, ...(customId === undefined ? {} : { customId }), ...(wireId ? { wireId } : {}), ...(onWarning ? { onWarning } : {}) };
  const frame = frameOf(provider, request.endpoint);
  const place = (frame && printing<T>(common, ids, frame, sharder)) ?? formatting<T>(common, ids, sharder);
  let requests = 0;
  return (record) => {
    const placed = place(record);
    if ('code' in placed) return placed;
    requests += 1;
    // The shards so far hold the canaries: they are sent ahead of the others.
    if (requests === canary) sharder.end();
    return placed;
  };
}

type Placing<T> = (record: SourceRecord<T>) => Place | Rejection;

/** Makes request lines at once, where builder and provider say ahead what is the same in all of them. */
function printing<T>(options: PrintOptions<T>, ids: UniqueIds, frame: RequestFrame, sharder: Sharder): Placing<T> | undefined {
  const print = requestPrinterFor<T>(options, ids, frame);
  return print && ((record) => placeOf(print(record), (printed) => sharder.addPrinted(printed)));
}

/** Makes requests, which the provider makes into lines. */
function formatting<T>(options: PrintOptions<T>, ids: UniqueIds, sharder: Sharder): Placing<T> {
  const build = requestBuilderFor<T>(options, ids);
  return (record) => placeOf(build(record), (request) => sharder.add(request));
}

function placeOf<Made extends { readonly customId: string; readonly code?: never }>(made: Made | Rejection, add: (made: Made) => number | Rejection): Place | Rejection {
  if (made.code !== undefined) return made;
  const shard = add(made);
  return typeof shard === 'number' ? { customId: made.customId, shard } : shard;
}

/** What is around a request in its line, where it is the same for all: a provider of one's own may format each as it likes. */
function frameOf({ formatRequest, limits }: OpenRunOptions['provider'], endpoint: string): RequestFrame | undefined {
  return formatRequest === limits.formatRequest ? limits.frameRequest?.(endpoint) : undefined;
}

/** Makes lines straight from rows, where nothing of the user's own has to see a record. */
function linesFor<T>(entry: RunEntry, { provider, limits, request, customId, onWarning, canary }: BuildOptions<T> & OpenRunOptions, ids: UniqueIds): RowLines<T> | undefined {
  const frame = frameOf(provider, request.endpoint);
  const compiled = compiledOf(request);
  if (frame === undefined || compiled?.pieces === undefined || typeof customId === 'function' || canary !== undefined) return undefined;
  const wireId = taggedId(entry, provider);
  const options = { builder: request, frame, limits: tighten(provider.limits, limits), ids, ...(customId === undefined ? {} : { idField: customId }), ...(wireId ? { wireId } : {}), ...(onWarning ? { onWarning } : {}) };
  return new RowLines<T>(options, compiled, compiled.pieces);
}

async function sharderFor(session: Session, { provider, limits }: OpenRunOptions, queue: WriteQueue, add: (shard: ShardEntry) => void): Promise<Sharder> {
  return new Sharder({
    directory: await freshFolder(session, 'shards'),
    limits: tighten(provider.limits, limits),
    distinctCounts: provider.tagsCustomIds,
    queue,
    formatRequest: (request) => provider.formatRequest(request),
    onShard: ({ path, ...shard }) => add({ ...shard, round: 1, file: `shards/${nameOf(path)}`, state: 'built' }),
  });
}

/** An empty folder of the run: what a build that was cut off left there is removed. */
async function freshFolder({ directory }: Session, name: string): Promise<string> {
  const folder = join(directory, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function describeJob<T>({ source, request, customId, read, limits }: BuildOptions<T>): Promise<JsonObject> {
  return {
    source: await describeSource(source),
    endpoint: request.endpoint,
    request: request.description ?? null,
    customId: describeOption(customId),
    read: describeOption(read),
    limits: describeOption(limits),
  };
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
