import type { AnyValue, JsonObject, JsonValue, SourceRecord } from '../records/record.ts';
import type { FinishReason, ResultError, ToolCall, Usage } from '../results/result.ts';

export const outcomeStatuses = ['succeeded', 'unusable', 'errored', 'expired', 'canceled', 'missing', 'rejected'] as const;
/** What became of one record. Every record ends in exactly one of these. */
export type OutcomeStatus = (typeof outcomeStatuses)[number];

/** What became of one record. */
export interface Outcome {
  readonly status: OutcomeStatus;
  /** Why, where `status` is not `succeeded`: `truncated`, `filtered`, the provider's error code, `duplicate_custom_id`, ... */
  readonly reason?: string;
  /** The user's id of the record. */
  readonly customId: string;
  readonly text?: string;
  /** The answer parsed as JSON, where asked for. */
  readonly json?: JsonValue;
  readonly toolCalls?: readonly ToolCall[];
  readonly embedding?: JsonValue;
  readonly output?: JsonValue;
  readonly finishReason?: FinishReason;
  readonly model?: string;
  readonly usage?: Usage;
  readonly error?: ResultError;
  /** The provider's whole body. */
  readonly body?: JsonObject;
}

/** A record and what became of it. */
export interface JoinedRecord<T = AnyValue> {
  readonly record: SourceRecord<T>;
  readonly outcome: Outcome;
}
