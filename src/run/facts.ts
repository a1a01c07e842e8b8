import { isSent, type RunEntry } from '../ledger/ledger.ts';
import type { ReportFacts } from '../report/report.ts';
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

/** True for a run that was to save requests, whether it could or not. */
export function savesRequests({ description: { reuse, dedupe } }: RunEntry): boolean {
  return reuse !== undefined || dedupe !== undefined;
}
