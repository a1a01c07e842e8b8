import type { Goal } from '../batches/drive.ts';
import type { JoinedRecord } from '../join/outcome.ts';
import { walk } from '../join/walk.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import type { AnyValue, JsonValue } from '../records/record.ts';
import type { RunReport } from '../report/report.ts';
import type { RunStatus } from '../report/snapshot.ts';
import { walkInput } from './answers.ts';
import { cancelBatches } from './cancel.ts';
import { RunCosts } from './costs.ts';
import { driveStep } from './drive-run.ts';
import type { DriveOptions, OpenRunOptions, RunOptions, SinkOptions } from './options.ts';
import { Progress } from './progress.ts';
import { buildNextRound } from './rounds.ts';
import { builtRun, inSession, type Session } from './session.ts';
import { writeOutcomes } from './sink.ts';
import { assertRun, statusOf } from './status.ts';
import { checkTags, noteTags } from './tags.ts';

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

/** Opens the run in a directory. */
export async function openHandle<T = AnyValue, Json = JsonValue>(directory: string, options: OpenRunOptions<T, Json>): Promise<RunHandle<T, Json>> {
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

async function* joinedRecords<T, Json>(directory: string, options: DriveOptions): AsyncGenerator<JoinedRecord<T, Json>, void, undefined> {
  const input = await inSession(directory, 'read', options.clock, async (session) => walkInput(session, await builtRun(session, options), options));
  const ignore = () => undefined;
  yield* walk<T, Json>({ ...input, onLineReject: options.onReject ?? ignore, onRecordReject: ignore, onIndex: ignore });
}
