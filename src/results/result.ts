import type { JsonObject, JsonValue } from '../records/record.ts';

export const finishReasons = ['stop', 'length', 'tool_calls', 'content_filter', 'refusal', 'pause', 'other'] as const;
/** Why the model stopped, whatever the provider calls it; the provider's own word stays in the body. */
export type FinishReason = (typeof finishReasons)[number];

/** Tokens, normalized. `inputTokens` is the total, cache reads and writes included. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of `inputTokens` that was read from a cache. */
  readonly cachedInputTokens?: number;
  /** Part of `inputTokens` that was written to a cache. */
  readonly cacheWriteTokens?: number;
  /** Part of `cacheWriteTokens` that is kept for an hour and costs more (Anthropic); the rest is kept for five minutes. */
  readonly cacheWrite1hTokens?: number;
  /** Part of `outputTokens` that was spent on reasoning. */
  readonly reasoningTokens?: number;
}

/** A tool call of an answer. `arguments` is the JSON text as the model wrote it. */
export interface ToolCall {
  readonly id?: string;
  readonly name: string;
  readonly arguments: string;
}

/** What a model answered, normalized. Which fields are there depends on the endpoint. */
export interface Answer {
  /** Chat, responses, completions, messages. Thinking is not text. */
  readonly text?: string;
  /** The text parsed as JSON, where that was asked for and it is JSON. */
  readonly json?: JsonValue;
  readonly refusal?: string;
  readonly toolCalls?: readonly ToolCall[];
  /** Embeddings: the vector, or the vectors where the request had several inputs; a string where it asked for base64. */
  readonly embedding?: JsonValue;
  /** Endpoints whose answer is neither text nor vector (moderations, images, ...): the meaningful part of the body. */
  readonly output?: JsonValue;
  readonly finishReason?: FinishReason;
  readonly model?: string;
  readonly usage?: Usage;
}

/** Why a request has no answer. `code` is the provider's code or type, `http_<status>` where it gave none. */
export interface ResultError {
  readonly code: string;
  readonly message: string;
  readonly type?: string;
  readonly param?: string;
  /** HTTP status of the single request, where the provider tells. */
  readonly status?: number;
}

interface ResultBase {
  /** `custom_id` as it stands on the wire. */
  readonly customId: string;
  /** HTTP status of the single request, where the provider tells. */
  readonly statusCode?: number;
  readonly requestId?: string;
}

/** One output line, normalized, whatever the provider. */
export type BatchResult =
  | (ResultBase & {
      readonly kind: 'answered';
      readonly answer: Answer;
      /** The provider's whole body. It may be parsed when it is first looked at. */
      readonly body: JsonObject;
    })
  | (ResultBase & { readonly kind: 'errored'; readonly error: ResultError; readonly body?: JsonObject })
  | (ResultBase & { readonly kind: 'expired' | 'canceled' });
