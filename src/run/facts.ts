import { sentRecordOf } from '../batches/sent-records.ts';
import type { Outcome } from '../join/outcome.ts';
import type { Attempt } from '../join/walk.ts';
import { isSent, type RunEntry } from '../ledger/ledger.ts';
import { placeProblems } from '../lint/place.ts';
import type { ReportBuilder, ReportFacts } from '../report/report.ts';
import { anyShard, type SpooledRecord } from '../shards/stretch.ts';
import type { Session } from './session.ts';

/** What a report says beside its counts, from the ledger. */
export async function factsOf({ ledger, clock }: Session, entry: RunEntry): Promise<ReportFacts> {
  const shards = (await ledger.shards()).filter(isSent);
  const sent = shards.filter(({ batchId }) => batchId !== undefined);
  const synchronous = (await ledger.sends()).filter(({ end }) => end !== 'lost' && end !== 'refused').length;
  return {
    records: entry.records,
    shards: shards.length,
    batches: (await ledger.batches()).filter(({ shard }) => shard > 0).length,
    attempts: sent.reduce((sum, { requestCount }) => sum + requestCount, synchronous),
    synchronous,
    startedAt: entry.createdAt,
    endedAt: clock.now(),
  };
}

/** Shows where the provider failed first, for each reason. */
export function addExample(report: ReportBuilder, { status, reason, error }: Outcome, attempts: readonly Attempt[], record: SpooledRecord, file: { readonly file?: string }): void {
  const last = attempts.at(-1);
  if (status !== 'errored' || reason === undefined || error === undefined || last === undefined) return;
  const { shard, position } = last;
  // Of batches that another tool made the line is not known.
  const line = record.shard === anyShard ? {} : { line: position + 1 };
  report.addExample(reason, () => placeProblems([{ code: reason, message: error.message, ...line }], shard.number, () => ({ ...sentRecordOf(record), ...file }))[0]?.text ?? '');
}

/** True for a run that was to save requests, whether it could or not. */
export function savesRequests({ description: { reuse, dedupe } }: RunEntry): boolean {
  return reuse !== undefined || dedupe !== undefined;
}
