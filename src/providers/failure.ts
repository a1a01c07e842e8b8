import { ProviderError, type ErrorCode, type ErrorContext } from '../errors.ts';

/** What is known of a call that failed. */
export interface Failure {
  /** Name of the provider, as people write it. */
  readonly provider: string;
  /** What was being done, e.g. `create the batch`. */
  readonly action: string;
  /** HTTP status; left out when there was no answer. */
  readonly status?: number;
  /** The provider's own code or type. */
  readonly providerCode?: string;
  /** The provider's own words. */
  readonly message: string;
  readonly headers?: { get(name: string): string | null };
  readonly batchId?: string;
  readonly file?: string;
  /** Unix milliseconds; turns a `retry-after` date into a duration. */
  readonly now: number;
  /** Words that must never be shown: keys, tokens. */
  readonly secrets?: readonly string[];
  readonly cause?: unknown;
}

/**
 * The one mapping from a failed call to a {@link ProviderError}: by HTTP status, then by the provider's own code where a
 * status has several meanings (429 is `insufficient_quota` when the account has no credit left: waiting does not help).
 */
export function providerFailure(failure: Failure): ProviderError {
  const code = failure.status === undefined ? 'provider_unavailable' : codeOf(failure.status, failure.providerCode);
  return codedFailure(code, failure);
}

/** The same with a code that the caller knows better. */
export function codedFailure(code: ErrorCode, failure: Failure): ProviderError {
  const { provider, action, status, providerCode, headers, batchId, file, cause } = failure;
  const requestId = headers?.get('x-request-id') ?? headers?.get('request-id') ?? undefined;
  const retryAfterMs = headers && retryAfter(headers, failure.now);
  const context: ErrorContext = {
    ...(status !== undefined && { status }),
    ...(providerCode !== undefined && { providerCode }),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(batchId !== undefined && { batchId }),
    ...(file !== undefined && { file }),
    ...(cause !== undefined && { cause }),
  };
  const facts = [status && `HTTP ${status}`, providerCode, requestId && `request ${requestId}`].filter(Boolean).join(', ');
  const words = withoutSecrets(failure.message, failure.secrets ?? []).replace(/\.$/, '');
  const text = `${provider} could not ${action}: ${words}${facts && ` (${facts})`}. ${advice[code] ?? ''}`.trimEnd();
  return new ProviderError(code, text, context);
}

const advice: Partial<Record<ErrorCode, string>> = {
  authentication_failed: 'Check the API key.',
  permission_denied: 'Check what this key, project or workspace may do.',
  insufficient_quota: 'Add credit or raise the spend limit, then run again.',
  rate_limited: 'Try again later.',
  provider_unavailable: 'Try again later.',
  timeout: 'Try again later, or raise `timeoutMs`.',
  unexpected_response: 'Check the base URL, and any proxy on the way.',
};

const quotaCodes = new Set(['insufficient_quota', 'billing_error', 'billing_hard_limit_reached', 'billing_not_active']);

const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'authentication_failed',
  402: 'insufficient_quota',
  403: 'permission_denied',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  429: 'rate_limited',
  504: 'timeout',
};

function codeOf(status: number, providerCode: string | undefined): ErrorCode {
  if (providerCode !== undefined && quotaCodes.has(providerCode) && status < 500) return 'insufficient_quota';
  if (status < 400) return 'unexpected_response';
  return codeByStatus[status] ?? (status >= 500 ? 'provider_unavailable' : 'request_refused');
}

/** Milliseconds to wait, from `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfter(headers: { get(name: string): string | null }, now: number): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && isDuration(exact)) return Number(exact);
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  if (isDuration(header)) return Math.round(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function isDuration(text: string): boolean {
  return /^\s*\d+(\.\d+)?\s*$/.test(text);
}

/** Some servers repeat the key they refuse. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '***')), text);
}
