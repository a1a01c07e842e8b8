// The public names, in the order a record lives.

export { InputError, MillraceError, ProviderError, StateError, errorCodes, type ErrorCode, type ErrorContext } from './errors.ts';
export { ObjectTransform, transform, type TransformOptions } from './streams.ts';

// records: files to records and back
export { sourceRecord, type AnyValue, type Header, type JsonObject, type JsonValue, type OnReject, type Rejection, type SourceRecord } from './records/record.ts';
export { readRecords, type ReadOptions } from './records/read.ts';
export { recordsFrom, type Source } from './records/records-from.ts';
export { parseCsv } from './records/csv.ts';
export { parseJsonl } from './records/jsonl.ts';
export { parseJson } from './records/json.ts';
export { writeRecords, type WriteOptions } from './records/write.ts';
export { stringifyCsv } from './records/csv.ts';
export { stringifyJsonl } from './records/jsonl.ts';
export { stringifyJson } from './records/json.ts';
export { RejectsFile } from './records/rejects.ts';

// requests: records to calls
export { toRequests, type ToRequestsOptions } from './requests/to-requests.ts';
export { chat, completions, embeddings, messages, moderations, responses } from './requests/bodies.ts';
export type { CustomIdSource } from './requests/custom-id.ts';
export type { BatchRequest, RequestBuilder } from './requests/request.ts';
export type { JsonSchema, SchemaSource, StandardSchema } from './schemas/standard-schema.ts';

// lint: what a provider would refuse, before it is sent
export { lint, type Lint } from './lint/lint.ts';
export type { LintOptions } from './lint/options.ts';
export type { Finding, LintFormat, LintSummary, Place } from './lint/finding.ts';
export { lintRules, type LintRule, type Severity } from './lint/rules.ts';
export { describePlace, placeProblems, type PlacedProblem, type SentRecord } from './lint/place.ts';

// shards: calls to files that fit in a batch
export { shard, type ShardOptions } from './shards/shard.ts';
export type { Shard } from './shards/filling-shards.ts';
export type { ShardLimits } from './shards/limits.ts';
export { openaiLimits } from './providers/openai/limits.ts';
export { anthropicLimits } from './providers/anthropic/limits.ts';
export { buildFiles, type BuildFilesOptions, type BuiltFiles } from './build-files.ts';

// providers and batches
export type { Batch, BatchStatus, Dialect, MetadataLimits, Provider, ResultFile } from './providers/provider.ts';
export { listBatches, type ListBatchesOptions } from './list-batches.ts';
export { openBatch, type BatchHandle, type OpenBatchOptions } from './open-batch.ts';
export { systemClock, type Clock } from './batches/clock.ts';
export { BatchHints, type HintSource } from './batches/hints.ts';

// results: output files to results
export { parseResults, type ParseResultsOptions } from './results/parse.ts';
export type { Answer, BatchResult, FinishReason, ResultError, ToolCall, Usage } from './results/result.ts';

// join: results to the records they came from
export { join, type JoinStage } from './join/join.ts';
export type { JoinOptions } from './join/joiner.ts';
export type { Check, JoinedRecord, Outcome, OutcomeStatus } from './join/outcome.ts';
export { select } from './join/select.ts';
export { enrich, type EnrichOptions } from './join/enrich.ts';
export type { EmbeddingFormat } from './join/vectors.ts';
export type { VectorManifest } from './join/vector-file.ts';
export { joinFiles, type JoinFilesOptions } from './join-files.ts';

// cost: what a job would come to
export { estimate, type EstimateOptions } from './estimate.ts';
export { describeEstimate } from './report/describe-estimate.ts';
export type { Estimate, ModelEstimate, Range } from './report/estimate.ts';
export type { Prices } from './report/prices.ts';
export type { PriceEntry, PriceTable } from './report/price-file.ts';

// report: what became of everything
export { exitCodeOf, ReportBuilder, type OriginCounts, type RunReport } from './report/report.ts';
export { describeReport } from './report/describe.ts';
export { renderReportPage } from './report/html/page.ts';
export type { ReportPageData, ShardTime } from './report/html/page-data.ts';
export type { FailureSample, FailureGroup } from './report/failure-samples.ts';
export type { Histogram } from './report/histogram.ts';
export type { FailedRecord, FailureKind, RunDigest } from './report/digest.ts';
export type { RunSnapshot, RunStatus } from './report/snapshot.ts';

// run: all of it, durably
export { defineRun } from './define-run.ts';
export type { RunConfig } from './run-config.ts';
export { readReportPage } from './report-page.ts';
export { adopt, build, clean, inspectRun, openRun, readStatus, run } from './run.ts';
export type { RunHandle } from './run/run-handle.ts';
export type { Cleaned, CleanOptions } from './run/clean.ts';
export type { InspectOptions, RunInspection } from './run/inspect.ts';
export type { AuditLine } from './run/audit-lines.ts';
export type { AdoptOptions, BuildOptions, OpenRunOptions, ReadingOptions, RunOptions, SinkOptions } from './run/options.ts';

// runs: those of many sessions, under one root
export { listRuns, type RunFilter, type RunProblem, type RunSummary } from './runs/list-runs.ts';
export { runStates, standingOf, type RunState, type Waiting } from './runs/run-state.ts';
export { addRun, forgetRun } from './runs/registry.ts';
