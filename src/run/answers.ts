import { StateError } from '../errors.ts';
import type { BatchEntry, ResultEntry, RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { AnsweredShard, WalkInput } from '../join/walk.ts';
import { wireIdFor } from '../requests/custom-id.ts';
import { wireIdOf } from './build.ts';
import type { OpenRunOptions } from './options.ts';
import type { Session } from './session.ts';

/**
 * What the join of a run walks over.
 *
 * @throws StateError `not_finished` if a shard has no results yet
 */
export async function walkInput(session: Session, run: RunEntry, options: OpenRunOptions): Promise<Omit<WalkInput, 'onLineReject' | 'onRecordReject' | 'onIndex'>> {
  const { ledger, storage } = session;
  const [shards, stretches, results, batches] = await Promise.all([ledger.shards(), ledger.stretches(), ledger.results(), ledger.batches()]);
  assertFinished(shards);
  const paths = new Map(await Promise.all(results.map(async ({ file }) => [file, await storage.open(file)] as const)));
  const { provider, signal } = options;
  const tagged = wireIdOf(run, provider);
  return {
    stretches: await Promise.all(stretches.map(({ file }) => storage.open(file))),
    shards: shards.map((shard) => answered(shard, results, batches, paths)),
    ...(run.header ? { header: run.header } : {}),
    wireIdOf: tagged ?? (({ customId }) => wireIdFor(customId, provider.limits)),
    parseResult: (line) => provider.parseResult(line),
    rules: rulesOf(options),
    ...(signal ? { signal } : {}),
  };
}

function rulesOf({ stripFences, parseJson, body, check }: OpenRunOptions): WalkInput['rules'] {
  return {
    ...(stripFences === undefined ? {} : { stripFences }),
    ...(parseJson === undefined ? {} : { parseJson }),
    ...(body === undefined ? {} : { body }),
    ...(check === undefined ? {} : { check }),
  };
}

function assertFinished(shards: readonly ShardEntry[]): void {
  const waiting = shards.filter(({ state }) => state !== 'fetched' && state !== 'failed');
  if (waiting.length === 0) return;
  throw new StateError('not_finished', `${waiting.length} of ${shards.length} shards have no results yet (shard ${waiting[0]?.number} is ${waiting[0]?.state}). Wait for them and fetch them first.`);
}

function answered(shard: ShardEntry, results: readonly ResultEntry[], batches: readonly BatchEntry[], paths: ReadonlyMap<string, string>): AnsweredShard {
  const files = results.filter((result) => result.shard === shard.number).flatMap(({ file }) => paths.get(file) ?? []);
  const problem = problemOf(shard, batches.find(({ id }) => id === shard.batchId), files.length);
  return { ...shard, resultFiles: files, ...(problem ? { problem } : {}) };
}

function problemOf(shard: ShardEntry, batch: BatchEntry | undefined, files: number): AnsweredShard['problem'] {
  const [first] = batch?.problems ?? [];
  if (shard.state === 'failed') {
    return { code: first?.code ?? 'batch_failed', message: `The provider refused batch ${shard.batchId ?? ''}: ${first?.message ?? 'it gave no reason'}`, refused: true };
  }
  if (files > 0 || !batch || batch.resultFiles.length === 0) return undefined;
  return { code: 'results_unavailable', message: `The results of batch ${batch.id} are gone at the provider.`, refused: false };
}
