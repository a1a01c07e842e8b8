import { StateError } from './errors.ts';
import type { RunEntry } from './ledger/ledger.ts';
import type { AnyValue, JsonValue } from './records/record.ts';
import type { ReportPageData } from './report/html/page-data.ts';
import type { OpenRunOptions } from './run/options.ts';
import type { Session } from './run/session.ts';

/**
 * Gathers what a report page shows from a run directory, in flat memory and without a call to the provider: no key is needed, and another
 * process may be at work on the run. While results are to come, outcomes are left out.
 *
 * @param options the provider of the run, whose account may be another one here; schema and check, as answers are to be judged; prices
 * @throws StateError `no_such_run`, or `run_mismatch` where the run belongs to another provider
 *
 * @example
 * const data = await readReportPage('runs/reviews', { provider: openai() });
 * await writeFile('report.html', renderReportPage(data));
 */
export async function readReportPage<T = AnyValue, Json = JsonValue>(directory: string, options: OpenRunOptions<T, Json>): Promise<ReportPageData> {
  const [{ gatherPage }, { readingRun }] = await Promise.all([import('./run/gather-page.ts'), import('./run/status.ts')]);
  return readingRun(directory, async (session) => gatherPage(session, await runOf(session, options), options), options.clock);
}

async function runOf({ directory, ledger }: Session, { provider }: Pick<OpenRunOptions, 'provider'>): Promise<RunEntry> {
  const entry = await ledger.run();
  if (!entry) throw new StateError('no_such_run', `${directory} holds no run: its build never began.`);
  if (entry.provider !== provider.name) throw new StateError('run_mismatch', `${directory} holds a run with ${entry.provider}, not ${provider.name}: its results are read by that provider's rules.`);
  return entry;
}
