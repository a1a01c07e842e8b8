import { randomBytes, randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import type { BuiltRun, RunEntry, StretchEntry } from '../ledger/ledger.ts';
import type { JsonObject } from '../records/record.ts';
import { UniqueIds } from '../requests/unique-ids.ts';
import { type Placing, placeRequests } from '../shards/place-requests.ts';
import type { RequestSink } from '../shards/sharder.ts';
import { keepsRows, spoolSource } from '../shards/spool-source.ts';
import { StretchWriter } from '../shards/stretch-writer.ts';
import { describeSchema } from './answer-schema.ts';
import type { Stretch } from '../shards/stretch.ts';
import { WriteQueue } from '../shards/write-queue.ts';
import { assertSameJob, describeOption, describeSource, differencesFrom } from './identity.ts';
import { freshFolder } from './fresh-folder.ts';
import { tighten } from './limits.ts';
import type { BuildOptions, DriveOptions, ReadingOptions } from './options.ts';
import type { Progress } from './progress.ts';
import { RunShards } from './run-shards.ts';
import type { Session } from './session.ts';
import { wirePrefix } from './wire-ids.ts';

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
  const queue = new WriteQueue();
  const shards = await RunShards.open(session, entry, options, queue, progress);
  const ids = new UniqueIds({ directory: session.directory });
  try {
    const found = await readSource(session, options, progress, placing(entry, options, ids, shards.sink), queue);
    const made = shards.end();
    await queue.idle();
    if (found.records === 0) options.onWarning?.('the source holds no record');
    return await finish(session, entry, { ...found, ...made, batches: [] });
  } catch (error) {
    shards.abort();
    // What is being written is let go of before anybody looks at the directory; the error says enough.
    await queue.idle().catch(() => undefined);
    throw error;
  } finally {
    ids.close();
    shards.close();
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

/** Reads the source of a run into stretches; `input.place` says for each record where it goes. */
export async function readSource<T>(session: Session, options: ReadingOptions<T> & DriveOptions & Pick<BuildOptions<T>, 'onWarning'>, progress: Progress, way: Placing<T>, queue = new WriteQueue()): Promise<Found> {
  const { source, read = {}, customId, strict = false, threads, onReject, onWarning, signal } = options;
  const stretches: StretchEntry[] = [];
  const directory = await freshFolder(session.directory, 'source');
  const keepRows = keepsRows(source, read, customId);
  const onStretch = ({ path, ...stretch }: Stretch): void => void stretches.push({ ...stretch, file: `source/${nameOf(path)}` });
  const spooled = await spoolSource<T>(source, read, {
    ...way,
    strict,
    ...(typeof source === 'string' ? { file: source } : {}),
    stretches: new StretchWriter({ directory, recordsPerStretch, onStretch, keepRows, queue }),
    onProgress: (records) => progress.read(records, queue.bytes),
    ready: () => queue.room(),
    ...(threads === undefined ? {} : { threads }),
    ...(onWarning ? { onWarning } : {}),
    ...(onReject ? { onReject } : {}),
    ...(signal ? { signal } : {}),
  });
  await queue.idle();
  return { ...spooled, stretches };
}

/** Ends a build: from now on the run is sent, and never built again. */
export async function finish(session: Session, entry: RunEntry, built: BuiltRun): Promise<RunEntry> {
  await session.ledger.endBuild(built);
  const { records, fields, header } = built;
  return { ...entry, records, fields, ...(header ? { header } : {}), state: 'built' };
}

/** How the records of a run become requests in shards. */
function placing<T>(entry: RunEntry, { provider, request, customId, onWarning, canary, limits }: BuildOptions<T, unknown> & DriveOptions, ids: UniqueIds, sharder: RequestSink): Placing<T> {
  const prefix = wirePrefix(entry, provider);
  return placeRequests<T>({
    body: request,
    limits: tighten(provider.limits, limits),
    formatRequest: (made) => provider.formatRequest(made),
    ids,
    sharder,
    ...(customId === undefined ? {} : { customId }),
    ...(prefix === undefined ? {} : { wirePrefix: prefix }),
    ...(onWarning ? { onWarning } : {}),
    ...(canary === undefined ? {} : { canary }),
  });
}


async function describeJob<T>({ source, request, customId, read, limits, reuse, dedupe }: BuildOptions<T, unknown>): Promise<JsonObject> {
  return {
    source: await describeSource(source),
    endpoint: request.endpoint,
    request: request.description ?? null,
    ...describeSchema(request),
    customId: describeOption(customId),
    read: describeOption(read),
    limits: describeOption(limits),
    // By name: a run goes on wherever it was moved to, and when the earlier ones are gone.
    ...(reuse === undefined ? {} : { reuse: [reuse].flat().map((path) => basename(resolve(path))) }),
    ...(dedupe === true ? { dedupe } : {}),
  };
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
