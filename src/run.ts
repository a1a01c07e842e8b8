import type { Goal } from './batches/drive.ts';
import type { JoinedRecord } from './join/outcome.ts';
import { walk } from './join/walk.ts';
import type { RunEntry } from './ledger/ledger.ts';
import type { AnyValue, JsonValue } from './records/record.ts';
import { warnOutputCost } from './report/output-cost.ts';
import type { RunReport } from './report/report.ts';
import type { RunStatus } from './report/snapshot.ts';
import { walkInput } from './run/answers.ts';
import { ensureAdopted } from './run/adopt.ts';
import { ensureBuilt } from './run/build.ts';
import { cancelBatches } from './run/cancel.ts';
import { cleanRun, type Cleaned, type CleanOptions } from './run/clean.ts';
import { checkSink } from './run/check-sink.ts';
import { RunCosts } from './run/costs.ts';
import { driveRounds, driveStep } from './run/drive-run.ts';
import type { AdoptOptions, BuildOptions, DriveOptions, OpenRunOptions, RunOptions, SinkOptions } from './run/options.ts';
import { inspectSession, type InspectOptions, type RunInspection } from './run/inspect.ts';
import { Progress } from './run/progress.ts';
import { buildNextRound } from './run/rounds.ts';
import { builtRun, inSession, type Session } from './run/session.ts';
import { writeOutcomes } from './run/sink.ts';
import { assertRun, readingRun, statusOf } from './run/status.ts';
import { checkTags, noteTags } from './run/tags.ts';

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
  checkTags(options, options.provider);
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
  await assertRun(directory);
  const reading = <Result>(work: (session: Session, entry: RunEntry) => Promise<Result>) =>
    inSession(directory, 'read', options.clock, async (session) => work(session, await builtRun(session, options)));
  const writing = <Result>(work: (session: Session, entry: RunEntry) => Promise<Result>) =>
    inSession(directory, 'write', options.clock, async (session) => work(session, await builtRun(session, options)));
  const driving = (goal: Goal) => () =>
    writing(async (session, entry) => {
      if (goal === 'submitted') await noteTags(session.ledger, options);
      await driveStep(goal, session, entry, options);
      return statusOf(session);
    });
  checkTags(options, options.provider);
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
        await driveStep('submitted', session, entry, options);
        return statusOf(session);
      }),
    cancel: () =>
      writing(async (session, entry) => {
        await cancelBatches(session, entry, options);
        return statusOf(session);
      }),
  };
}

/**
 * Where the run in a directory stands, from its ledger alone: needs no key, and works while another process is at it.
 *
 * @throws StateError `no_such_run`
 */
export async function readStatus(directory: string): Promise<RunStatus> {
  return readingRun(directory, statusOf);
}

/**
 * A run in depth, from its directory alone: where it stands, its shards and rounds, what became of its records so far, and a sample of
 * each failure. Needs no key, and works while another process is at it. Results are read once; then what they say is remembered.
 *
 * @throws StateError `no_such_run`
 *
 * @example
 * const { digest } = await inspectRun('runs/reviews');
 * for (const { reason, count, sample } of digest?.failures ?? []) console.log(reason, count, sample.customId, sample.message);
 */
export async function inspectRun(directory: string, options: InspectOptions = {}): Promise<RunInspection> {
  return readingRun(directory, async (session) => inspectSession(session, await statusOf(session), options));
}

/**
 * Deletes the files and batches at the provider that a run created, and no others. The run directory stays as it is. Can be repeated:
 * what is gone already is as good as deleted.
 *
 * @throws StateError `not_finished` while a batch is under way, or has results that were not fetched; `no_such_run`
 *
 * @example
 * const cleaned = await clean('runs/reviews', { provider: openai(), dryRun: true });
 * console.log(cleaned.map(({ kind, id }) => `${kind} ${id}`));
 */
export async function clean(directory: string, options: CleanOptions): Promise<readonly Cleaned[]> {
  await assertRun(directory);
  return inSession(directory, options.dryRun === true ? 'read' : 'write', options.clock, async (session) => cleanRun(session, await builtRun(session, options), options));
}

async function* joinedRecords<T, Json>(directory: string, options: DriveOptions): AsyncGenerator<JoinedRecord<T, Json>, void, undefined> {
  const input = await inSession(directory, 'read', options.clock, async (session) => walkInput(session, await builtRun(session, options), options));
  const ignore = () => undefined;
  yield* walk<T, Json>({ ...input, onLineReject: options.onReject ?? ignore, onRecordReject: ignore, onIndex: ignore });
}
