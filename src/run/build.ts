import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { InputError } from '../errors.ts';
import type { RunEntry, ShardEntry, StretchEntry } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';
import { recordsFrom } from '../records/records-from.ts';
import type { JsonObject, Rejection } from '../records/record.ts';
import { UnreadableRows } from '../records/unreadable.ts';
import { requestBuilderFor } from '../requests/request-builder.ts';
import { IdTable } from '../results/id-table.ts';
import { buildShards, type Built } from '../shards/build.ts';
import { Sharder } from '../shards/sharder.ts';
import { StretchWriter } from '../shards/stretch.ts';
import { assertSameJob, describeOption, describeSource } from './identity.ts';
import { tighten } from './limits.ts';
import type { BuildOptions, OpenRunOptions } from './options.ts';
import type { Progress } from './progress.ts';
import type { Session } from './session.ts';

/** Source records in one stretch. */
const recordsPerStretch = 50_000;

/**
 * Builds the run of a directory unless it has been built: then the source is not read again. A build that was cut off
 * begins anew, because nothing was sent.
 */
export async function ensureBuilt<T>(session: Session, options: BuildOptions<T> & OpenRunOptions, progress: Progress): Promise<RunEntry> {
  const { directory, ledger } = session;
  const { provider } = options;
  const description = await describeJob(options);
  const existing = await ledger.run();
  if (existing) assertSameJob(directory, existing, { description, provider: provider.name, account: provider.account });
  if (existing?.state === 'built') return existing;
  const entry: RunEntry = {
    id: randomUUID(),
    tag: options.tag ?? randomBytes(4).toString('hex'),
    provider: provider.name,
    account: provider.account,
    description,
    state: 'building',
    records: 0,
    fields: [],
    createdAt: session.clock.now(),
  };
  await ledger.beginBuild(entry);
  return build(session, entry, options, progress);
}

/** The id of a record on the wire. */
export function wireIdOf(entry: Pick<RunEntry, 'tag'>, provider: Provider): ((record: { index: number }) => string) | undefined {
  return provider.tagsCustomIds ? ({ index }) => `${entry.tag}-${index}` : undefined;
}

async function build<T>(session: Session, entry: RunEntry, options: BuildOptions<T> & OpenRunOptions, progress: Progress): Promise<RunEntry> {
  const { provider, limits, signal, strict = false } = options;
  const folders = { shards: join(session.directory, 'shards'), source: join(session.directory, 'source') };
  for (const folder of Object.values(folders)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const shards: ShardEntry[] = [];
  const stretches: StretchEntry[] = [];
  const unreadable = new UnreadableRows();
  const ids = new IdTable({ directory: session.directory });
  const wireId = wireIdOf(entry, provider);
  const shardLimits = tighten(provider.limits, limits);
  try {
    const built = await buildShards<T>({
      records: recordsFrom<T>(options.source, { ...options.read, ...(strict ? {} : { onReject: (row) => unreadable.add(row) }), ...(signal ? { signal } : {}) }),
      unreadable,
      toRequest: strictly(strict, requestBuilderFor<T>({
        body: options.request,
        limits: shardLimits,
        ...(options.customId === undefined ? {} : { customId: options.customId }),
        ...(wireId ? { wireId } : {}),
        ...(options.onWarning ? { onWarning: options.onWarning } : {}),
      }, ids)),
      sharder: new Sharder({
        directory: folders.shards,
        limits: shardLimits,
        distinctCounts: provider.tagsCustomIds,
        formatRequest: (request) => provider.formatRequest(request),
        onShard: ({ path: _path, ...shard }) => shards.push({ ...shard, round: 1, file: `shards/${nameOf(_path)}`, state: 'built' }),
      }),
      stretches: new StretchWriter(folders.source, recordsPerStretch, ({ path, ...stretch }) => stretches.push({ ...stretch, file: `source/${nameOf(path)}` })),
      ...(options.canary === undefined ? {} : { canary: options.canary }),
      onProgress: (records) => progress.update({ records }),
      ...(options.onReject ? { onReject: options.onReject } : {}),
      ...(signal ? { signal } : {}),
    });
    return await finish(session, entry, built, shards, stretches);
  } finally {
    ids.close();
  }
}

async function finish(session: Session, entry: RunEntry, built: Built, shards: ShardEntry[], stretches: StretchEntry[]): Promise<RunEntry> {
  const { records, header, fields } = built;
  const found = { records, fields, ...(header ? { header } : {}) };
  shards.sort((a, b) => a.number - b.number);
  await session.ledger.endBuild({ ...found, shards, stretches });
  return { ...entry, ...found, state: 'built' };
}

/** With `strict`, the first record that cannot be used ends the build. */
function strictly<In, Out extends object>(strict: boolean, toRequest: (record: In) => Out): (record: In) => Out {
  if (!strict) return toRequest;
  return (record) => {
    const made = toRequest(record);
    if ('code' in made && 'message' in made) throw rejectionError(made);
    return made;
  };
}

function rejectionError(rejection: object): InputError {
  // Only rejections have both a code and a message.
  const { code, message, value: _value, ...context } = rejection as Rejection;
  return new InputError(code, message, context);
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
