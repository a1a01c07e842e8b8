import { drive, type Goal } from './batches/drive.ts';
import type { Work } from './batches/work.ts';
import { ProviderError, StateError } from './errors.ts';
import type { JoinedRecord } from './join/outcome.ts';
import { walk } from './join/walk.ts';
import type { RunEntry, ShardEntry } from './ledger/ledger.ts';
import type { AnyValue, JsonValue } from './records/record.ts';
import { warnOutputCost } from './report/output-cost.ts';
import type { RunReport } from './report/report.ts';
import type { RunStatus } from './report/snapshot.ts';
import { isFinished, walkInput } from './run/answers.ts';
import { ensureAdopted } from './run/adopt.ts';
import { ensureBuilt } from './run/build.ts';
import { cancelBatches } from './run/cancel.ts';
import { checkSink } from './run/check-sink.ts';
import { openBudget } from './run/budget.ts';
import { RunCosts } from './run/costs.ts';
import type { AdoptOptions, BuildOptions, DriveOptions, OpenRunOptions, RunOptions, SinkOptions } from './run/options.ts';
import { Progress } from './run/progress.ts';
import { buildNextRound } from './run/rounds.ts';
import { builtRun, inSession, positive, workOf, type Session } from './run/session.ts';
import { writeOutcomes } from './run/sink.ts';
import { noRun, statusOf } from './run/status.ts';

/**
 * Does the whole job: builds requests from a source, sends them as batches, waits, fetches the results, joins them to
 * their records and writes the sink. Durable: whatever ends it, calling it again with the same options goes on where it
 * stopped, and nothing is paid twice. A run that has ended only writes its sink again.
 *
 * @returns the report; its outcomes add up to its records
 * @throws InputError where options or source are wrong; ProviderError where the provider refuses for good; StateError
 * `run_mismatch`, `run_locked`, `wait_timeout`, `over_budget`
 *
 * @example
 * const report = await run({
 *   source: 'reviews.csv', sink: 'reviews.enriched.csv', directory: 'runs/reviews', provider: openai(), customId: 'id',
 *   request: chat({ model: 'gpt-5-mini', prompt: 'Classify: {{text}}' }),
 * });
 */
export async function run<T = AnyValue, Json = JsonValue>(given: RunOptions<T, Json>): Promise<RunReport> {
  const schema = given.schema ?? given.request.schema;
  const options = { ...given, ...(schema === undefined ? {} : { schema }) };
  options.provider.assertReady?.();
  const progress = new Progress(options.onProgress);
  return inSession(options.directory, 'write', options.clock, async (session) => {
    const costs = await RunCosts.open(session, options);
    const entry = await ensureBuilt(session, withWarnings(options, costs), progress);
    await checkSink(entry, options);
    await driveRounds(session, entry, options, progress, costs);
    return writeOutcomes(session, entry, options, progress, costs);
  });
}

/**
 * Builds the run of a directory and sends nothing: `openRun(directory, …).submit()` does. A directory that holds the same
 * run already is left as it is.
 */
export async function build<T = AnyValue, Json = JsonValue>(options: BuildOptions<T, Json> & OpenRunOptions<T, Json> & { readonly directory: string }): Promise<RunStatus> {
  return inSession(options.directory, 'write', options.clock, async (session) => {
    await ensureBuilt(session, withWarnings(options, await RunCosts.open(session, options)), new Progress(options.onProgress));
    return statusOf(session);
  });
}

/** The options of a build, with a warning where an answer may cost more than the user likes. */
function withWarnings<T, Json>(options: BuildOptions<T, Json> & DriveOptions, { find }: RunCosts): BuildOptions<T, Json> & DriveOptions {
  const { maxOutputCostUsd, request } = options;
  return maxOutputCostUsd === undefined ? options : { ...options, request: warnOutputCost(request, maxOutputCostUsd, find) };
}

/**
 * Takes batches that any other tool created and makes a run of them, so that the job can be finished here: wait, fetch, join.
 * Nothing is sent, and records are not sent again: their requests are not known.
 *
 * @throws ProviderError `not_found` for a batch that the account does not have
 *
 * @example
 * await adopt({ source: 'reviews.csv', customId: 'id', directory: 'runs/adopted', provider: openai(), batches: ['batch_…', 'batch_…'] });
 * const job = await openRun('runs/adopted', { provider: openai() });
 * await job.wait(); await job.fetch(); await job.write('reviews.enriched.csv');
 */
export async function adopt<T = AnyValue>(options: AdoptOptions<T>): Promise<RunStatus> {
  return inSession(options.directory, 'write', options.clock, async (session) => {
    await ensureAdopted(session, options, new Progress(options.onProgress));
    return statusOf(session);
  });
}

/** A run in its directory, step by step. Every step can be repeated, and taken by any process, today or tomorrow. */
export interface RunHandle<T = AnyValue, Json = JsonValue> {
  readonly directory: string;
  /** Sends every shard that has not been sent. */
  submit(): Promise<RunStatus>;
  /** Waits until the batches that were sent have ended. */
  wait(): Promise<RunStatus>;
  /** Downloads the results of the batches that have ended. */
  fetch(): Promise<RunStatus>;
  /** Joins the results to their records, in source order. */
  records(): AsyncGenerator<JoinedRecord<T, Json>, void, undefined>;
  /** Writes the joined records to a path or a stream, or only counts them. */
  write(sink?: RunOptions['sink'], options?: SinkOptions): Promise<RunReport>;
  /** Where the run stands, from the ledger alone: no call to the provider. */
  status(): Promise<RunStatus>;
  /**
   * Sends again the records that deserve another attempt, once every result is here; then wait and fetch as before. Those whose
   * synchronous answer was lost (`send_in_doubt`) are among them: they may be paid for twice.
   */
  retry(): Promise<RunStatus>;
  /** Asks the provider to cancel the batches of this run that are under way. What they finished can still be fetched. */
  cancel(): Promise<RunStatus>;
}

/**
 * Opens the run in a directory.
 *
 * @throws StateError `no_such_run`, or `run_mismatch` where the run belongs to another provider or account
 *
 * @example
 * const job = await openRun('runs/reviews', { provider: openai() });
 * await job.submit(); await job.wait(); await job.fetch();
 * for await (const { record, outcome } of job.records()) console.log(record.value.id, outcome.status);
 */
export async function openRun<T = AnyValue, Json = JsonValue>(directory: string, options: OpenRunOptions<T, Json>): Promise<RunHandle<T, Json>> {
  const { hasLedger } = await import('./ledger/sqlite.ts');
  if (!hasLedger(directory)) throw noRun(directory);
  const reading = <Result>(work: (session: Session, entry: RunEntry) => Promise<Result>) =>
    inSession(directory, 'read', options.clock, async (session) => work(session, await builtRun(session, options)));
  const writing = <Result>(work: (session: Session, entry: RunEntry) => Promise<Result>) =>
    inSession(directory, 'write', options.clock, async (session) => work(session, await builtRun(session, options)));
  const driving = (goal: Goal) => () =>
    writing(async (session, entry) => {
      const shards = shardsFor(goal, await session.ledger.shards());
      await driveTo(goal, shards, session, entry, options, new Progress(options.onProgress), await RunCosts.open(session, options));
      return statusOf(session);
    });
  await reading(async () => undefined);
  return {
    directory,
    submit: driving('submitted'),
    wait: driving('ended'),
    fetch: driving('fetched'),
    records: () => joinedRecords<T, Json>(directory, options),
    write: (sink, sinkOptions = {}) =>
      reading(async (session, entry) =>
        writeOutcomes(session, entry, { ...options, ...sinkOptions, ...(sink === undefined ? {} : { sink }) }, new Progress(options.onProgress), await RunCosts.open(session, options)),
      ),
    status: () => reading(statusOf),
    retry: () =>
      writing(async (session, entry) => {
        await buildNextRound(session, entry, options, { isNews: false, resendDoubtful: true });
        const shards = shardsFor('submitted', await session.ledger.shards());
        await driveTo('submitted', shards, session, entry, options, new Progress(options.onProgress), await RunCosts.open(session, options));
        return statusOf(session);
      }),
    cancel: () =>
      writing(async (session, entry) => {
        await cancelBatches(session, entry, options);
        return statusOf(session);
      }),
  };
}

/** Round after round, until no record deserves another attempt. */
async function driveRounds(session: Session, entry: RunEntry, options: DriveOptions, progress: Progress, costs: RunCosts): Promise<void> {
  for (let built = -1; built !== 0; ) {
    const shards = await session.ledger.shards();
    const isNews = shards.some(({ state }) => !isFinished(state));
    await driveTo('fetched', shards, session, entry, options, progress, costs);
    built = await buildNextRound(session, entry, options, { isNews });
  }
}

/**
 * Where the run in a directory stands, from its ledger alone: needs no key, and works while another process is at it.
 *
 * @throws StateError `no_such_run`
 */
export async function readStatus(directory: string): Promise<RunStatus> {
  const { hasLedger } = await import('./ledger/sqlite.ts');
  if (!hasLedger(directory)) throw noRun(directory);
  return inSession(directory, 'read', undefined, statusOf);
}

/** Which shards a single step is about: waiting never sends what was not sent, and fetching does not wait. */
function shardsFor(goal: Goal, shards: readonly ShardEntry[]): ShardEntry[] {
  switch (goal) {
    case 'submitted':
      return shards.filter(({ state }) => state === 'built' || state === 'uploaded');
    case 'ended':
      return shards.filter(({ state }) => state === 'submitted');
    case 'fetched':
      return shards.filter(({ state }) => state === 'ended');
  }
}

async function driveTo(goal: Goal, shards: readonly ShardEntry[], session: Session, entry: RunEntry, options: DriveOptions, progress: Progress, costs: RunCosts): Promise<void> {
  const { concurrency = 4, maxWaitMs } = options;
  await progress.enter('sending', session.ledger);
  const budget = options.budgetUsd === undefined ? {} : { budget: await openBudget(options.budgetUsd, goal, session.ledger, costs) };
  const work = { ...(await workOf(session, entry, options, (event) => progress.note(event, session.ledger, costs))), ...budget };
  await assertVisible(shards, work);
  const canaries = canariesAmong(shards, options);
  const deadline = maxWaitMs === undefined ? {} : { deadline: session.clock.now() + positive('maxWaitMs', maxWaitMs) };
  try {
    const pace = { concurrency: positive('concurrency', concurrency), ...deadline };
    if (canaries.length > 0) await drive(canaries, 'fetched', { ...work, isCanary: true }, pace);
    await drive(shards.map(({ number }) => number), goal, work, pace);
  } finally {
    await progress.settled();
  }
}

/** The shards that go ahead of the others: those that were closed at the first `canary` records. */
function canariesAmong(shards: readonly ShardEntry[], { canary = 0 }: DriveOptions): number[] {
  let requests = 0;
  const ahead = shards.filter(({ round, requestCount }) => round === 1 && (requests += requestCount) <= canary);
  return ahead.length < shards.length ? ahead.map(({ number }) => number) : [];
}

/**
 * Before more is sent under a run that has batches already, one of them must be visible: another key of the same address may
 * belong to another account (hindsight#3699).
 */
async function assertVisible(shards: readonly ShardEntry[], { provider, signal }: Work): Promise<void> {
  const batchId = shards.findLast((shard) => shard.batchId !== undefined)?.batchId;
  if (batchId === undefined || shards.every(({ state }) => state !== 'built' && state !== 'uploaded')) return;
  try {
    await provider.retrieve(batchId, signal ? { signal } : {});
  } catch (cause) {
    if (!(cause instanceof ProviderError && cause.code === 'not_found')) return;
    throw new StateError('run_mismatch', `Batch ${batchId} of this run is not visible with the API key in use: it belongs to another account, project or workspace. Nothing was sent. Use the key that the run was started with.`, { cause, batchId });
  }
}

async function* joinedRecords<T, Json>(directory: string, options: DriveOptions): AsyncGenerator<JoinedRecord<T, Json>, void, undefined> {
  const input = await inSession(directory, 'read', options.clock, async (session) => walkInput(session, await builtRun(session, options), options));
  const ignore = () => undefined;
  yield* walk<T, Json>({ ...input, onLineReject: options.onReject ?? ignore, onRecordReject: ignore, onIndex: ignore });
}
