import type { Clock } from '../batches/clock.ts';
import { placedProblems, type SentSource } from '../batches/sent-records.ts';
import { StateError } from '../errors.ts';
import type { BatchEntry, ShardEntry } from '../ledger/ledger.ts';
import type { PlacedProblem } from '../lint/place.ts';
import { countShards, type RunStatus } from '../report/snapshot.ts';
import { inSession, type Session } from './session.ts';
import { tagsOf } from './tags.ts';

/** Where the run of a session stands, from the ledger alone. */
export async function statusOf({ directory, ledger, storage }: Session): Promise<RunStatus> {
  const entry = await ledger.run();
  if (!entry) throw noRun(directory);
  const batches = (await ledger.batches()).filter(({ shard }) => shard > 0);
  const { id, provider, account, state, records, createdAt } = entry;
  const shards = await ledger.shards();
  const problems = await problemsOf(batches, shards, { ledger, storage });
  return { runId: id, directory, provider, account, ...(await tagsOf(ledger)), state, records, createdAt, ...countShards(shards, batches, await ledger.sends()), batches, ...(problems.length === 0 ? {} : { problems }) };
}

/** What is wrong with batches, each time with the record it is about. */
async function problemsOf(batches: readonly BatchEntry[], shards: readonly ShardEntry[], source: SentSource): Promise<NonNullable<RunStatus['problems']>> {
  const placed: (PlacedProblem & { readonly batchId: string })[] = [];
  for (const { id, shard: number, problems } of batches) {
    const shard = shards.find((one) => one.number === number);
    if (shard === undefined || problems.length === 0) continue;
    for (const problem of await placedProblems(shard, problems, source)) placed.push({ ...problem, batchId: id });
  }
  return placed;
}

/** Reads the run of a directory. @throws StateError `no_such_run` */
export async function readingRun<Result>(directory: string, work: (session: Session) => Promise<Result>, clock?: Clock): Promise<Result> {
  await assertRun(directory);
  return inSession(directory, 'read', clock, work);
}

/** @throws StateError `no_such_run` for a directory without a ledger: none is made there */
export async function assertRun(directory: string): Promise<void> {
  const { hasLedger } = await import('../ledger/sqlite.ts');
  if (!hasLedger(directory)) throw noRun(directory);
}

function noRun(directory: string): StateError {
  return new StateError('no_such_run', `${directory} holds no run. Build or run one there first.`);
}
