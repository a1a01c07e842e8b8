import type { AnyValue, JsonValue } from '../records/record.ts';
import { warnOutputCost } from '../report/output-cost.ts';
import type { RunReport } from '../report/report.ts';
import type { RunStatus } from '../report/snapshot.ts';
import { ensureAdopted } from './adopt.ts';
import { ensureBuilt } from './build.ts';
import { checkSink } from './check-sink.ts';
import { RunCosts } from './costs.ts';
import { driveRounds } from './drive-run.ts';
import type { AdoptOptions, BuildOptions, DriveOptions, OpenRunOptions, RunOptions } from './options.ts';
import { Progress } from './progress.ts';
import { inSession } from './session.ts';
import { writeOutcomes } from './sink.ts';
import { statusOf } from './status.ts';
import { checkTags } from './tags.ts';

/** Does the whole job. */
export async function wholeRun<T = AnyValue, Json = JsonValue>(given: RunOptions<T, Json>): Promise<RunReport> {
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

/** Builds the run of a directory and sends nothing. */
export async function buildRun<T = AnyValue, Json = JsonValue>(options: BuildOptions<T, Json> & OpenRunOptions<T, Json> & { readonly directory: string }): Promise<RunStatus> {
  return inSession(options.directory, 'write', options.clock, async (session) => {
    await ensureBuilt(session, withWarnings(options, await RunCosts.open(session, options)), new Progress(options.onProgress));
    return statusOf(session);
  });
}

/** Takes batches that any other tool created and makes a run of them. */
export async function adoptRun<T = AnyValue>(options: AdoptOptions<T>): Promise<RunStatus> {
  return inSession(options.directory, 'write', options.clock, async (session) => {
    await ensureAdopted(session, options, new Progress(options.onProgress));
    return statusOf(session);
  });
}

/** The options of a build, with a warning where an answer may cost more than the user likes. */
function withWarnings<T, Json>(options: BuildOptions<T, Json> & DriveOptions, { find }: RunCosts): BuildOptions<T, Json> & DriveOptions {
  const { maxOutputCostUsd, request } = options;
  return maxOutputCostUsd === undefined ? options : { ...options, request: warnOutputCost(request, maxOutputCostUsd, find) };
}
