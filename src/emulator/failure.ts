import type { JsonObject } from './json.ts';

/** What the provider's error body says beside the message. */
export interface FailureDetails {
  /** The provider's `error.type`; else the usual one for the status. */
  readonly type?: string;
  /** OpenAI only. */
  readonly code?: string;
  /** OpenAI only: the parameter at fault. */
  readonly param?: string;
  /** Headers of the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error the emulated provider answers with: thrown by a handler, or kept as the fate of one row. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly details: FailureDetails;

  constructor(status: number, message: string, details: FailureDetails = {}) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
    this.details = details;
  }
}

/** OpenAI's error body (openai-batch reference, 7.1). */
export function openaiErrorBody({ status, message, details }: ApiFailure): JsonObject {
  const type = details.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { error: { message, type, param: details.param ?? null, code: details.code ?? null } };
}

const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's error type (anthropic-batches reference, 6). */
export function anthropicErrorType({ status, details }: ApiFailure): string {
  return details.type ?? anthropicTypes[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** Anthropic's error body. `requestId` is that of the `request-id` header. */
export function anthropicErrorBody(failure: ApiFailure, requestId: string | null): JsonObject {
  const error = { type: anthropicErrorType(failure), message: failure.message };
  return { type: 'error', error, request_id: requestId };
}
