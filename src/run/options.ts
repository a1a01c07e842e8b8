import type { Writable } from 'node:stream';
import type { QueueOptions } from '../batches/admit.ts';
import type { Clock } from '../batches/clock.ts';
import type { HintSource } from '../batches/hints.ts';
import type { Check, OutcomeRules, TypedRules } from '../join/outcome.ts';
import type { EmbeddingFormat } from '../join/vectors.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import type { Provider } from '../providers/provider.ts';
import type { ReadOptions } from '../records/read.ts';
import type { Source } from '../records/records-from.ts';
import type { AnyValue, JsonValue, OnReject } from '../records/record.ts';
import type { WriteOptions } from '../records/write.ts';
import type { Prices } from '../report/prices.ts';
import type { RunSnapshot } from '../report/snapshot.ts';
import type { CustomIdSource } from '../requests/custom-id.ts';
import type { RequestBuilder } from '../requests/request.ts';
import type { OwnLimits } from './limits.ts';

/** How a run is driven, and how its answers are judged, whatever the types of records and answers. */
export interface DriveOptions extends OutcomeRules {
  readonly provider: Provider;
  /** What the run is called. Kept with it, and sent with its batches as `millrace_label` where they carry metadata. */
  readonly label?: string;
  /**
   * What else is to be known of the run: texts by key. Kept with it, and sent with the batches that are made from now on where they
   * carry metadata (OpenAI: 16 pairs, of which 3 are the run's own and 1 is the label; keys of 64, values of 512 characters).
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Calls to the provider under way at a time.
   * @default 4
   */
  readonly concurrency?: number;
  /**
   * Longest pause between two looks at a batch, in milliseconds. A young batch is looked at sooner.
   * @default 60000
   */
  readonly pollIntervalMs?: number;
  /**
   * How long to wait for batches, in milliseconds; then the wait ends with `wait_timeout`, and the run can be resumed.
   * @default no limit
   */
  readonly maxWaitMs?: number;
  /**
   * How long a batch whose create call was not answered is looked for before it is sent again, in milliseconds.
   * @default 30000
   */
  readonly absenceMs?: number;
  /**
   * Pause before results that lack files or records are looked at again, in milliseconds; only what is still missing then is believed to be.
   * @default 60000
   */
  readonly graceMs?: number;
  /**
   * Times a record may be sent: those that expired, were lost or met an overloaded provider are sent again in a further round.
   * @default 3
   */
  readonly maxAttempts?: number;
  /** Whether a truncated answer may be asked for again, with twice the output limit. It is paid for again. @default false */
  readonly growOutput?: boolean;
  /**
   * Whether an `invalid` answer (one that does not fit the schema, or fails the check) may be asked for again, with the answer and
   * what is wrong with it added to the conversation. It is paid for again. Not of tool calls.
   * @default false
   */
  readonly repair?: boolean;
  /**
   * Send the records that deserve another attempt one by one to the synchronous endpoint, at full price, instead of waiting for another
   * batch, where they are few: `true` means 100 or fewer, a number so many or fewer (10,000 at most).
   * @default false
   */
  readonly finishSync?: boolean | number;
  /** How much may wait at the provider at a time. @default what is documented for the lowest tier to begin with, then more as it is accepted; of other servers nothing is assumed */
  readonly queue?: QueueOptions;
  /**
   * Whether to stop, resumable, when nearly all of a shard fails for one reason and more is still to be sent.
   * @default true
   */
  readonly breaksCircuit?: boolean;
  /** Send this many records ahead, and the rest only if they do not all fail. Anthropic checks a request only when it runs it. @default 0 */
  readonly canary?: number;
  /** Smaller shards than the provider allows. */
  readonly limits?: OwnLimits;
  /** Passed on as `completion_window`, where the provider has one. @default '24h' */
  readonly completionWindow?: string;
  /** Receives each record that is rejected while a run is built, and the result lines that `records()` finds no place for. */
  readonly onReject?: OnReject;
  /** Where prices come from: a price file, or a table. @default the list that comes along */
  readonly prices?: Prices;
  /**
   * Most US dollars that the run may cost, over all rounds and processes. What a shard can cost at most is reserved before it is sent, and
   * corrected when its results are in; what does not fit ends the run with `over_budget`, to be resumed with more.
   * @default no limit
   */
  readonly budgetUsd?: number;
  /** Says which batches may have changed, such as a webhook: they are looked at at once. Without a hint they are looked at as ever. */
  readonly hints?: HintSource;
  /** Told whenever something changed. */
  readonly onProgress?: (snapshot: RunSnapshot) => void;
  /** Ends the run cleanly; calls that cost money are awaited first. The run can be resumed. */
  readonly signal?: AbortSignal;
  /** Time, for tests. @default the system's */
  readonly clock?: Clock;
}

/** How a run is driven, and how its answers are judged: the same for `run` and `openRun`. */
export interface OpenRunOptions<T = AnyValue, Json = JsonValue> extends DriveOptions, TypedRules<T, Json> {
  readonly schema?: SchemaSource<Json>;
  readonly check?: Check<T, Json>;
}

/** Where joined records go. */
export interface SinkOptions {
  /** Format and the like of the sink. */
  readonly write?: WriteOptions;
  /** Put before the names of result columns. @default 'result_' */
  readonly prefix?: string;
  /**
   * How embeddings are written: `json` as lists, `base64` as texts (32-bit numbers, lowest byte first), `float32` to a file beside the sink (see
   * `VectorManifest`), whose vectors the sink names by number.
   * @default 'json'
   */
  readonly embeddingFormat?: EmbeddingFormat;
  /** Add what each record cost, in US dollars: `result_cost_usd` in tables, `result.costUsd` in JSON. @default false */
  readonly cost?: boolean;
  /** Where to write what became of every attempt at every record, a JSON line (`AuditLine`) for each: `.jsonl`, also `.jsonl.gz`. @default nowhere */
  readonly audit?: string;
  /**
   * Side file for lines and records that found no place.
   * @default `<sink>.rejects.jsonl`, or `rejects.jsonl` in the run directory where the sink is no path
   */
  readonly rejects?: string;
}

/** What is read. */
export interface ReadingOptions<T = AnyValue> {
  /** A path, an array or other iterable of values, or a stream of bytes or values. Read once: the run keeps what it needs. */
  readonly source: Source<T>;
  /** Format and the like of the source. */
  readonly read?: Omit<ReadOptions, 'onReject' | 'onHeader' | 'signal'>;
  /** The custom_id of a record: a field name or a function. @default `record-<index>` */
  readonly customId?: CustomIdSource<T>;
  /** End at the first record that cannot be used. @default false: it is rejected and counted, the others go on */
  readonly strict?: boolean;
  /**
   * Threads that make request lines while this one reads and writes, for sources of CSV, TSV or JSONL and prompts that are templates: functions
   * cannot be sent to threads.
   * @default 1: none beside this one
   */
  readonly threads?: number;
}

/** What is asked of the provider, for each record of the source. */
export interface BuildOptions<T = AnyValue, Json = JsonValue> extends ReadingOptions<T> {
  /** What to ask: `chat`, `responses`, `embeddings`, `completions`, `moderations`, `messages`, or your own builder. */
  readonly request: RequestBuilder<T, Json>;
  /** Smaller shards than the provider allows. */
  readonly limits?: OwnLimits;
  /** Where prices come from: a price file, or a table. @default the list that comes along */
  readonly prices?: Prices;
  /** Warn where the answer to a record may cost more than this many US dollars, by its output limit. Nothing is held back. */
  readonly maxOutputCostUsd?: number;
  /**
   * Earlier runs whose results are taken over: run directories, or folders of them. What was asked of the same provider in the very same
   * words there, and answered so that it can be used, is copied into this run and not sent; all else is. The earlier runs may be
   * unfinished, and are not needed afterwards.
   * @default none
   */
  readonly reuse?: string | readonly string[];
  /** Buy identical requests once: the result of the first goes to all records that have the same request. @default false */
  readonly dedupe?: boolean;
  /** Told what is doubtful about the requests, such as a model that is not known. */
  readonly onWarning?: (warning: string) => void;
  /** Start of the wire ids, for providers whose batches carry no metadata. @default random */
  readonly tag?: string;
}

/** Options of {@link adopt}. */
export interface AdoptOptions<T = AnyValue> extends ReadingOptions<T>, OpenRunOptions<T> {
  /** Directory of the run that is made. */
  readonly directory: string;
  /** Ids of the batches at the provider. */
  readonly batches: readonly string[];
}

/** Options of {@link run}. */
export interface RunOptions<T = AnyValue, Json = JsonValue> extends BuildOptions<T, Json>, OpenRunOptions<T, Json>, SinkOptions {
  /** Run directory: made if it is not there, continued if it is. */
  readonly directory: string;
  /** A path or a stream for the joined records. Without one, read them by `openRun(directory, …).records()`. */
  readonly sink?: string | Writable;
}
