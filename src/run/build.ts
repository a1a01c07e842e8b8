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
import { IdTable } from '../results/id-table.ts';
import { Sharder } from '../shards/sharder.ts';
import type { RequestFrame } from '../shards/limits.ts';
import { RowSpooler } from '../shards/row-spooler.ts';
import { Spooler, spoolRecords, type Place, type Spooled, type SpoolInput } from '../shards/spool.ts';
import { StretchWriter } from '../shards/stretch-writer.ts';
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
export async function ensureBuilt<T>(session: Session, given: BuildOptions<T, unknown> & DriveOptions, progress: Progress): Promise<RunEntry> {
  const options = { ...given, ...(given.onWarning ? { onWarning: eachOnce(given.onWarning) } : {}) };
  const { entry, isBuilt } = await begin(session, options, { description: await describeJob(options), ...(options.tag === undefined ? {} : { tag: options.tag }) }, progress);
  if (isBuilt) return entry;
  const shards: ShardEntry[] = [];
  const ids = new IdTable({ directory: session.directory });
  const sharder = await sharderFor(session, options, (shard) => shards.push(shard));
  try {
    const found = await readSource(session, options, progress, placing(entry, options, ids, sharder), { sharder, lines: linesFor(entry, options, ids) });
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

/** Rows that become lines and records that become requests are warned of apart, by the same builder. */
function eachOnce(onWarning: (warning: string) => void): (warning: string) => void {
  const told = new Set<string>();
  return (warning) => {
    if (told.has(warning)) return;
    told.add(warning);
    onWarning(warning);
  };
}

/** What reading a source found. */
export interface Found extends Pick<RunEntry, 'records' | 'fields' | 'header'> {
  readonly stretches: readonly StretchEntry[];
}

/** How rows of a source become request lines without becoming records. */
export interface LineWay<T> {
  readonly sharder: Sharder;
  readonly lines: RowLines<T> | undefined;
}

/** Reads the source of a run into stretches; `place` says for each record where it goes. */
export async function readSource<T>(session: Session, options: ReadingOptions<T> & DriveOptions, progress: Progress, place: (record: SourceRecord<T>) => Place | Rejection, way?: LineWay<T>): Promise<Found> {
  const { source, customId, strict = false, onReject, signal } = options;
  const stretches: StretchEntry[] = [];
  const dialect = typeof customId === 'function' ? undefined : rowDialect(source, options.read ?? {});
  const keepRows = dialect === undefined ? undefined : typeof customId === 'string' ? { idField: customId } : {};
  const input: SpoolInput<T> = {
    place,
    strict,
    ...(typeof source === 'string' ? { file: source } : {}),
    stretches: new StretchWriter(await freshFolder(session, 'source'), recordsPerStretch, ({ path, ...stretch }) => stretches.push({ ...stretch, file: `source/${nameOf(path)}` }), keepRows),
    onProgress: (records) => progress.update({ records }),
    ...(onReject ? { onReject } : {}),
    ...(signal ? { signal } : {}),
  };
  return { ...(dialect === undefined ? await readAsRecords(options, input) : await readAsRows(options, input, dialect, way)), stretches };
}

/** Reads any source, record after record. */
async function readAsRecords<T>({ source, read, strict = false, signal }: ReadingOptions<T> & DriveOptions, input: SpoolInput<T>): Promise<Spooled> {
  const unreadable = new UnreadableRows();
  let header: Header | undefined;
  const records = recordsFrom<T>(source, { ...read, onHeader: (found) => (header = found), ...(strict ? {} : { onReject: (row) => unreadable.add(row) }), ...(signal ? { signal } : {}) });
  const spooled = await spoolRecords<T>(records, unreadable, input);
  return { ...(header === undefined ? {} : { header }), ...spooled };
}

/** Reads a table of text, many rows at a time. */
async function readAsRows<T>({ source, read = {}, strict = false, signal }: ReadingOptions<T> & DriveOptions, input: SpoolInput<T>, dialect: RowDialect, way?: LineWay<T>): Promise<Spooled> {
  const spooler = new Spooler<T>(input);
  let header: Header | undefined;
  const makeSink = (file: string) =>
    new RowSpooler<T>({ file, spooler, place: input.place, sharder: way?.sharder, lines: way?.lines, dialect, strict, limit: checkLimit(read.limit ?? Infinity), onHeader: (found) => (header = found) });
  try {
    // Only a path or a stream of bytes has a dialect.
    await feedRows(source as string | Readable, { ...read, ...(signal ? { signal } : {}) }, makeSink);
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
function placing<T>(entry: RunEntry, options: BuildOptions<T, unknown> & DriveOptions, ids: IdTable, sharder: Sharder): (record: SourceRecord<T>) => Place | Rejection {
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
function printing<T>(options: PrintOptions<T>, ids: IdTable, frame: RequestFrame, sharder: Sharder): Placing<T> | undefined {
  const print = requestPrinterFor<T>(options, ids, frame);
  return print && ((record) => placeOf(print(record), (printed) => sharder.addPrinted(printed)));
}

/** Makes requests, which the provider makes into lines. */
function formatting<T>(options: PrintOptions<T>, ids: IdTable, sharder: Sharder): Placing<T> {
  const build = requestBuilderFor<T>(options, ids);
  return (record) => placeOf(build(record), (request) => sharder.add(request));
}

function placeOf<Made extends { readonly customId: string; readonly code?: never }>(made: Made | Rejection, add: (made: Made) => number | Rejection): Place | Rejection {
  if (made.code !== undefined) return made;
  const shard = add(made);
  return typeof shard === 'number' ? { customId: made.customId, shard } : shard;
}

/** What is around a request in its line, where it is the same for all: a provider of one's own may format each as it likes. */
function frameOf(provider: DriveOptions['provider'], endpoint: string): RequestFrame | undefined {
  return provider.formatRequest === provider.limits.formatRequest ? provider.limits.frameRequest?.(endpoint) : undefined;
}

/** Makes lines straight from rows, where nothing of the user's own has to see a record. */
function linesFor<T>(entry: RunEntry, { provider, limits, request, customId, onWarning, canary }: BuildOptions<T, unknown> & DriveOptions, ids: IdTable): RowLines<T> | undefined {
  const frame = frameOf(provider, request.endpoint);
  const compiled = compiledOf(request);
  if (frame === undefined || compiled?.pieces === undefined || typeof customId === 'function' || canary !== undefined) return undefined;
  const wireId = taggedId(entry, provider);
  const options = { builder: request, frame, limits: tighten(provider.limits, limits), ids, ...(customId === undefined ? {} : { idField: customId }), ...(wireId ? { wireId } : {}), ...(onWarning ? { onWarning } : {}) };
  return new RowLines<T>(options, compiled, compiled.pieces);
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
