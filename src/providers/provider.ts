import type { Readable } from 'node:stream';
import type { JsonObject } from '../records/record.ts';
import type { BatchRequest } from '../requests/request.ts';
import type { ResultLayouts } from '../results/result-layout.ts';
import type { BatchResult } from '../results/result.ts';
import type { ShardLimits } from '../shards/limits.ts';

export const batchStatuses = ['pending', 'ended', 'failed'] as const;
/**
 * `pending`: validating, in progress, finalizing, cancelling, or a word never seen before.
 * `ended`: completed, expired, cancelled: results may be partial. `failed`: refused by validation.
 */
export type BatchStatus = (typeof batchStatuses)[number];

/** A file that a provider holds. */
export interface RemoteFile {
  readonly id: string;
  readonly name: string;
  readonly bytes?: number;
  /** Unix milliseconds. */
  readonly createdAt?: number;
}

/** Where results of a batch lie at the provider: a file id (OpenAI) or an address (Anthropic). */
export interface ResultFile {
  readonly kind: 'output' | 'error';
  readonly id: string;
}

/** What batches of a provider can carry of the user's. */
export interface MetadataLimits {
  readonly maxPairs: number;
  /** Characters of a key. */
  readonly maxKeyLength: number;
  /** Characters of a value. */
  readonly maxValueLength: number;
}

/** How much may wait at the provider at a time. */
export interface QueueLimits {
  /** Requests in batches that have not ended, as Anthropic counts. */
  readonly maxRequests?: number;
  /** Prompt tokens in batches that have not ended, for each model, as OpenAI counts. */
  readonly maxTokens?: number;
  /** Batches made within an hour. */
  readonly maxBatchesPerHour?: number;
}

/** What a provider says is wrong with a whole batch. */
export interface BatchProblem {
  readonly code?: string;
  readonly message: string;
  /** 1-based line of the shard file. */
  readonly line?: number;
  readonly param?: string;
}

/** How many requests of a batch stand where. Never trusted for correctness: providers miscount. */
export interface BatchCounts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** A provider's job, normalized. Times are Unix milliseconds. */
export interface Batch {
  readonly id: string;
  /** Name of the provider. */
  readonly provider: string;
  readonly status: BatchStatus;
  /** The provider's own word, shown to people. */
  readonly rawStatus: string;
  readonly counts: BatchCounts;
  readonly createdAt?: number;
  readonly endedAt?: number;
  readonly expiresAt?: number;
  /** Until when its results can be fetched, where the provider says so or documents it. */
  readonly resultsUntil?: number;
  readonly inputFileId?: string;
  /** Files to read once it has ended; empty while pending, and for ever if the provider wrote none. */
  readonly resultFiles: readonly ResultFile[];
  readonly problems: readonly BatchProblem[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** What is sent to make a batch. */
export interface ShardUpload {
  /** Local path of the shard file. */
  readonly path: string;
  readonly bytes: number;
  /** Name to give the file at the provider; the run finds it again by this name. */
  readonly name: string;
}

export interface CreateBatch extends ShardUpload {
  readonly endpoint: string;
  /** Id of the uploaded file, for providers that upload first. */
  readonly fileId?: string;
  /** Sent where the provider has metadata; how the run recognizes its own batches. */
  readonly metadata: Readonly<Record<string, string>>;
  /** @default '24h' where the provider has one */
  readonly completionWindow?: string;
}

/** A request that is sent by itself. */
export interface SingleRequest {
  readonly endpoint: string;
  /** Its request line, parsed: what `formatRequest` wrote. */
  readonly line: JsonObject;
}

/** How a batch whose creation is in doubt is looked for. */
export interface BatchQuery {
  readonly metadata: Readonly<Record<string, string>>;
  readonly fileId?: string;
  readonly requestCount: number;
  /** Unix milliseconds: batches created before are not ours. */
  readonly createdAfter: number;
}

/** Part of a result file on its way. `body` must be read to its end or destroyed. */
export interface Download {
  readonly body: Readable;
  /** 0, or the offset that was asked for where the server honored it. */
  readonly offset: number;
  /** Bytes of the whole file, where the server said so. */
  readonly totalBytes?: number;
  /** Strong validator, for resuming. */
  readonly etag?: string;
}

export interface DownloadOptions extends CallOptions {
  /** Ask for the rest of the file from this byte on; only with the `etag` of the part already held. */
  readonly from?: { readonly offset: number; readonly etag: string };
}

/**
 * The adapter to one batch API: this interface is the guide for writing your own.
 *
 * A provider is small: it makes calls and maps shapes. Waiting, retrying, concurrency and bookkeeping live above it, in one
 * place for all providers. So each method that costs money or changes state sends **exactly one** HTTP request and never
 * retries; it fails with a `ProviderError` whose `code` says whether another try can help (`rate_limited`,
 * `provider_unavailable` and `timeout` can; `authentication_failed`, `request_refused`, `not_found` cannot).
 * `testProvider` of `millrace/testing` checks an implementation against a running server.
 */
export interface Provider {
  /** Short lower-case name, e.g. `openai`. */
  readonly name: string;
  /** Whose account this is, without the key: base URL and organization or workspace. A run is bound to it. */
  readonly account: string;
  readonly limits: ShardLimits;
  /** True where wire ids carry the run's tag, because batches of this provider cannot carry metadata. */
  readonly tagsCustomIds: boolean;
  /** Bounds of the metadata of a batch, checked before anything is sent. Leave it out where none are documented, or where batches carry none. */
  readonly metadataLimits?: MetadataLimits;
  /**
   * What may wait of a model, as documented for a usage tier; `undefined` for a tier that does not exist. Without a tier, what the
   * lowest has: the run begins with that and tries more as it is accepted. Pure. Leave it out where nothing is documented.
   */
  queueLimits?(usage: { readonly tier?: string; readonly model?: string }): QueueLimits | undefined;

  /** Throws at once what would fail every call, such as a missing key. Makes no call. */
  assertReady?(): void;
  /** The request line of a request, without line feed. Pure. */
  formatRequest(request: BatchRequest): string;
  /** A result line, parsed as JSON; `undefined` if it is not a result line of this provider. Pure. */
  parseResult(line: JsonObject): BatchResult | undefined;
  /**
   * Where the parts of common result lines stand, so that these are read several times faster than by `parseResult`. Used only while it
   * describes this very `parseResult`; without it every line is parsed.
   */
  readonly resultLayouts?: ResultLayouts;

  /** Sends a shard file, where the provider takes files. One request; safe to repeat, it costs nothing. Left out where `create` sends the shard itself. */
  upload?(shard: ShardUpload, options?: CallOptions): Promise<RemoteFile>;
  /** A file that was uploaded under this name with this size, if the provider can list files: after a lost answer it need not be sent again. Reads only. */
  findFile?(upload: Pick<ShardUpload, 'name' | 'bytes'> & { readonly createdAfter: number }, options?: CallOptions): Promise<RemoteFile | undefined>;
  /** Makes a batch: **the call that costs money**. One request, no retry. */
  create(batch: CreateBatch, options?: CallOptions): Promise<Batch>;
  /** Batches that may be the one described, surest first: by metadata, then by file, then by time and count. Reads only. */
  find(query: BatchQuery, options?: CallOptions): Promise<Batch[]>;
  /** All batches of the account, newest first, page by page. */
  list(options?: CallOptions): AsyncIterable<Batch>;
  retrieve(batchId: string, options?: CallOptions): Promise<Batch>;
  /** Opens a result file. The key is sent to the configured origin only. */
  download(file: ResultFile, options?: DownloadOptions): Promise<Download>;
  /** Asks to cancel a batch; finished requests keep their results. */
  cancel(batchId: string, options?: CallOptions): Promise<Batch>;
  /** Deletes a remote file or batch. */
  remove(target: { readonly fileId: string } | { readonly batchId: string }, options?: CallOptions): Promise<void>;
  /**
   * Sends one request to the synchronous endpoint, at full price: **costs money**. One HTTP request, no retry. A refusal of this very
   * request is a result, too; whatever concerns the account or the service (key, credit, rate, 5xx) is thrown.
   *
   * @returns the result line that a batch would have written: `parseResult` reads it
   */
  send(request: SingleRequest, options?: CallOptions): Promise<JsonObject>;
}

/** What must be known of a provider to read what it wrote: no call is made. */
export type Dialect = Pick<Provider, 'name' | 'account' | 'limits' | 'tagsCustomIds' | 'parseResult' | 'resultLayouts'>;
