import type { ShardEntry, RunEntry } from '../../ledger/ledger.ts';
import type { FailureGroup } from '../failure-samples.ts';
import type { Histogram } from '../histogram.ts';
import type { RunReport } from '../report.ts';
import type { RunStatus } from '../snapshot.ts';

/** A shard's way through the provider. Times are Unix milliseconds. */
export interface ShardTime extends Pick<ShardEntry, 'number' | 'round' | 'state' | 'requestCount' | 'via'> {
  /** When it could have been sent: its round had begun. */
  readonly readyAt: number;
  /** When its batch was created, or its first request sent. */
  readonly startedAt?: number;
  /** When its batch, or its last request, had ended. */
  readonly endedAt?: number;
  /** The provider's word for the state of the batch. */
  readonly rawStatus?: string;
}

/** Tokens that were expected of the requests, by their size and answers of a usual length. */
export interface ExpectedTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** All that a report page shows, as plain data: bounded, however large the run. */
export interface ReportPageData {
  /** When the data was gathered, in Unix milliseconds. */
  readonly at: number;
  /** Where the run stands. */
  readonly status: RunStatus;
  /** When the run was begun. */
  readonly createdAt: number;
  /** What the job is, as the ledger has it. */
  readonly description: RunEntry['description'];
  /** What became of the records; left out while results are still to come. */
  readonly report?: RunReport;
  /** Left out where it is not known. */
  readonly expected?: ExpectedTokens;
  /** The first shards, in order of number; `status.shards` counts all of them. */
  readonly timeline: readonly ShardTime[];
  /** Output tokens of the answers that count. */
  readonly outputTokens: Histogram;
  /** How long results took, in milliseconds: from the creation of a batch to its end, for each of its requests. */
  readonly latency: Histogram;
  readonly failures: readonly FailureGroup[];
  /** Failed records that are in none of `failures`, because there are too many kinds. */
  readonly otherFailures: number;
}
