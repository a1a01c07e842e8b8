import { readFile } from 'node:fs/promises';
import { StateError } from '../errors.ts';
import type { BatchEntry, ResultEntry, RunEntry, SendEntry, ShardEntry, ShardState } from '../ledger/ledger.ts';
import type { OutcomeRules } from '../join/outcome.ts';
import type { AnsweredShard, WalkInput } from '../join/walk.ts';
import { readingOf } from '../results/parse.ts';
import { schemaOf } from './answer-schema.ts';
import type { ResultError } from '../results/result.ts';
import type { DriveOptions } from './options.ts';
import type { Session } from './session.ts';
import { wireIdsOf } from './wire-ids.ts';

/**
 * What the join of a run walks over.
 *
 * @throws StateError `not_finished` if a shard has no results yet
 */
export async function walkInput(session: Session, run: RunEntry, options: DriveOptions): Promise<Omit<WalkInput, 'onLineReject' | 'onRecordReject' | 'onIndex'>> {
  const { ledger, storage } = session;
  const [shards, stretches, results, batches, sends] = await Promise.all([ledger.shards(), ledger.stretches(), ledger.results(), ledger.batches(), ledger.sends()]);
  assertFinished(shards);
  const paths = new Map(await Promise.all(results.map(async ({ file }) => [file, await storage.open(file)] as const)));
  const { provider, signal } = options;
  return {
    stretches: await Promise.all(stretches.map(({ file }) => storage.open(file))),
    shards: await Promise.all(shards.map((shard) => answered(shard, { results, batches, sends, paths, storage }))),
    ...(run.header ? { header: run.header } : {}),
    wireIdsOf: wireIdsOf(run, provider),
    reading: readingOf(provider),
    rules: rulesOf(options, run),
    ...(signal ? { signal } : {}),
  };
}

/** How the answers of a run are judged. */
export function rulesOf({ stripFences, parseJson, body, check, ...options }: DriveOptions, run: RunEntry): OutcomeRules {
  const schema = schemaOf(options, run);
  return {
    ...(schema === undefined ? {} : { schema }),
    ...(stripFences === undefined ? {} : { stripFences }),
    ...(parseJson === undefined ? {} : { parseJson }),
    ...(body === undefined ? {} : { body }),
    ...(check === undefined ? {} : { check }),
  };
}

/** True if nothing more comes for a shard in this state. */
export function isFinished(state: ShardState): boolean {
  return state === 'fetched' || state === 'failed';
}

function assertFinished(shards: readonly ShardEntry[]): void {
  const waiting = shards.filter(({ state }) => !isFinished(state));
  if (waiting.length === 0) return;
  throw new StateError('not_finished', `${waiting.length} of ${shards.length} shards have no results yet (shard ${waiting[0]?.number} is ${waiting[0]?.state}). Wait for them and fetch them first.`);
}

interface Known {
  readonly results: readonly ResultEntry[];
  readonly batches: readonly BatchEntry[];
  readonly sends: readonly SendEntry[];
  readonly paths: ReadonlyMap<string, string>;
  readonly storage: Session['storage'];
}

async function answered(shard: ShardEntry, { results, batches, sends, paths, storage }: Known): Promise<AnsweredShard> {
  const files = results.filter((result) => result.shard === shard.number).flatMap(({ file }) => paths.get(file) ?? []);
  const batch = batches.find(({ id }) => id === shard.batchId);
  const named = batch && shard.file !== '' ? failuresNamed(batch, shard) : new Map<number, ResultError>();
  const problem = batch && problemOf(batch, files.length, named.size > 0);
  const neverRan = batch && neverRanAs(batch);
  const failures = new Map([...named, ...failuresIn(sends.filter((send) => send.shard === shard.number))]);
  const { members, ...known } = shard;
  return {
    ...known,
    resultFiles: files,
    ...(shard.via === 'copy' ? { copies: await storage.open(shard.file) } : {}),
    canceledByUser: batch?.canceledByUser === true,
    ...(members === undefined ? {} : { members: await readMembers(await storage.open(members)) }),
    ...(failures.size > 0 ? { failures } : {}),
    ...(problem ? { problem } : {}),
    ...(neverRan ? { neverRan } : {}),
  };
}

/** What went wrong with requests that were sent one by one, by position. */
function failuresIn(sends: readonly SendEntry[]): Map<number, ResultError> {
  return new Map(sends.flatMap(({ position, end, error }) => (error && (end === 'failed' || end === 'uncertain') ? [[position, error] as const] : [])));
}

/** The record indexes of a shard of a later round, one a line. */
async function readMembers(path: string): Promise<number[]> {
  return (await readFile(path, 'utf8')).trimEnd().split('\n').map(Number);
}

/** A batch that was canceled or expired before it ran anything has no file that says so for each record. */
function neverRanAs({ rawStatus, resultFiles, counts }: BatchEntry): AnsweredShard['neverRan'] {
  if (resultFiles.length > 0 || counts.succeeded > 0) return undefined;
  if (/^cancel/i.test(rawStatus)) return 'canceled';
  return /^expired/i.test(rawStatus) ? 'expired' : undefined;
}

/** The requests that a refused batch was refused for, by position: validation names the lines of the file. */
function failuresNamed({ status, problems }: BatchEntry, { requestCount }: ShardEntry): Map<number, ResultError> {
  if (status !== 'failed') return new Map();
  const named = problems.flatMap(({ line = 0, code = 'batch_failed', message, param }) => {
    const isLine = line >= 1 && line <= requestCount;
    return isLine ? [[line - 1, { code, message, ...(param === undefined ? {} : { param }) }] as const] : [];
  });
  // Of several problems of a line the first counts.
  return new Map(named.toReversed());
}

/** @param isNamed true if validation named the requests that it did not like: the others never ran, and may go into another batch */
function problemOf({ id, status, problems: [first], resultFiles }: BatchEntry, files: number, isNamed: boolean): AnsweredShard['problem'] {
  const said = first?.message ?? 'it gave no reason';
  if (status === 'failed' && isNamed) return { code: 'batch_failed', message: `The provider refused batch ${id} for other requests in it: ${said}`, refused: true, final: false };
  if (status === 'failed') return { code: first?.code ?? 'batch_failed', message: `The provider refused batch ${id}: ${said}`, refused: true, final: true };
  if (files >= resultFiles.length) return undefined;
  return { code: 'results_unavailable', message: `The results of batch ${id} are gone at the provider.`, refused: false, final: false };
}
