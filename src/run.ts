import type { AnyValue, JsonValue } from './records/record.ts';
import type { RunReport } from './report/report.ts';
import type { RunStatus } from './report/snapshot.ts';
import type { Cleaned, CleanOptions } from './run/clean.ts';
import type { InspectOptions, RunInspection } from './run/inspect.ts';
import type { AdoptOptions, BuildOptions, OpenRunOptions, RunOptions } from './run/options.ts';
import type { RunHandle } from './run/run-handle.ts';

// What a run needs is loaded when one is called for: it is half of the library, and those who only read, build or join files are faster without.

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
export async function run<T = AnyValue, Json = JsonValue>(options: RunOptions<T, Json>): Promise<RunReport> {
  const { wholeRun } = await import('./run/whole-run.ts');
  return wholeRun(options);
}

/**
 * Builds the run of a directory and sends nothing: `openRun(directory, …).submit()` does. A directory that holds the same
 * run already is left as it is.
 */
export async function build<T = AnyValue, Json = JsonValue>(options: BuildOptions<T, Json> & OpenRunOptions<T, Json> & { readonly directory: string }): Promise<RunStatus> {
  const { buildRun } = await import('./run/whole-run.ts');
  return buildRun(options);
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
  const { adoptRun } = await import('./run/whole-run.ts');
  return adoptRun(options);
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
  const { openHandle } = await import('./run/run-handle.ts');
  return openHandle(directory, options);
}

/**
 * Where the run in a directory stands, from its ledger alone: needs no key, and works while another process is at it.
 *
 * @throws StateError `no_such_run`
 */
export async function readStatus(directory: string): Promise<RunStatus> {
  const { readingRun, statusOf } = await import('./run/status.ts');
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
  const [{ inspectSession }, { readingRun, statusOf }] = await Promise.all([import('./run/inspect.ts'), import('./run/status.ts')]);
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
  const { cleanDirectory } = await import('./run/clean.ts');
  return cleanDirectory(directory, options);
}
