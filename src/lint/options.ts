import type { ReadOptions } from '../records/read.ts';
import type { Source } from '../records/records-from.ts';
import type { AnyValue } from '../records/record.ts';
import type { CustomIdSource } from '../requests/custom-id.ts';
import type { ModelRule } from '../requests/models.ts';
import type { RequestBuilder } from '../requests/request.ts';
import type { OwnLimits } from '../run/limits.ts';

/** Options of {@link lint}. */
export interface LintOptions<T = AnyValue> {
  /** With `request`: the source of records. Without: a batch input file, as a path (`.gz` and `.zst` too) or a stream of bytes. */
  readonly source: Source<T>;
  /** What would be asked: then each record of the source is linted as the request that it becomes. */
  readonly request?: RequestBuilder<T>;
  /** The custom_id of a record. @default `record-<index>` */
  readonly customId?: CustomIdSource<T>;
  /** Format and the like of the source; `fileName` names a stream. */
  readonly read?: Omit<ReadOptions, 'onReject' | 'onHeader' | 'signal'>;
  /** Whose Batch API it is meant for. @default by what the file holds, or by the endpoint of `request` */
  readonly provider?: 'openai' | 'anthropic';
  /** Endpoint of the batch, such as `/v1/chat/completions`. @default that of the first request */
  readonly endpoint?: string;
  /** The `anthropic-version` that a file will be sent with. @default '2026-10-21' */
  readonly apiVersion?: string;
  /** Replaces the dated list of which model takes what, for a file. @default defaultModelRules */
  readonly modelRules?: readonly ModelRule[];
  /** Smaller batches than the provider allows. */
  readonly limits?: OwnLimits;
  /** Path of a corrected copy of a file; what could be corrected for certain is marked `fixed`. */
  readonly fix?: string;
  /** Ends the lint with the signal's reason. */
  readonly signal?: AbortSignal;
}
