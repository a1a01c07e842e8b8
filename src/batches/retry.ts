import type { Outcome } from '../join/outcome.ts';

/** What a record deserves after an attempt: nothing more, the same again, the same with more room, the same with what was wrong, or a stop of the whole run. */
export type RetryDecision = 'never' | 'again' | 'grow' | 'repair' | 'stop';

export interface RetryPolicy {
  /** Times a record may be sent. */
  readonly maxAttempts: number;
  /** Whether a truncated answer may be asked for again with a higher output limit. */
  readonly growOutput: boolean;
  /** Whether a request whose answer was lost, and that may have been paid for, is sent again. */
  readonly resendDoubtful: boolean;
  /** Whether an invalid answer may be asked for again, with what is wrong with it. */
  readonly repair: boolean;
}

/** What happened to a record so far. */
export interface Attempted {
  readonly outcome: Outcome;
  /** What came of the last attempt alone. @default `outcome` */
  readonly latest?: Outcome;
  /** Times it was sent: none where its answer was taken over from an earlier run. */
  readonly attempts: number;
  /** True if its batch was refused whole, or its results are gone: another batch would fare no better, or be paid twice. */
  readonly final: boolean;
  /** True if the user canceled its batch. */
  readonly canceledByUser: boolean;
  /** True if nobody knows whether its last sending was answered and paid for. */
  readonly inDoubt: boolean;
}

/** Error codes and types of single requests that a later round can cure. Anthropic gives types, OpenAI and its kin codes. */
const curable = new Set([
  'rate_limit_exceeded',
  'rate_limit_error',
  'server_error',
  'api_error',
  'overloaded_error',
  'timeout_error',
  'request_timeout',
  'batch_failed',
]);
const curableStatus = new Set([0, 408, 409, 429]);
const outOfCredit = new Set(['insufficient_quota', 'billing_error']);

/**
 * Retries go by cause: an expired, lost or overloaded request is sent again; one that the provider refused, filtered or
 * answered is not. Nothing that was answered is bought again, but for a truncated or invalid answer where the user
 * allows it, and nothing that may have been, but where the user says so.
 */
export function decideRetry({ outcome, latest = outcome, attempts, final, canceledByUser, inDoubt }: Attempted, policy: RetryPolicy): RetryDecision {
  // A repair that met an overloaded provider is sent again as it was: the conversation must not grow twice by the same answer.
  const decisive = policy.repair && isInvalid(outcome) ? latest : outcome;
  const doubtful = policy.resendDoubtful ? 'again' : 'never';
  // An answer of an earlier run that does not do, after all: by the check, which is asked now.
  if (attempts === 0 && outcome.status !== 'succeeded' && outcome.status !== 'rejected') return 'again';
  const decision = final ? 'never' : inDoubt ? doubtful : wish(decisive, canceledByUser, policy);
  return decision === 'stop' || attempts < policy.maxAttempts ? decision : 'never';
}

function isInvalid({ status, reason }: Outcome): boolean {
  return status === 'unusable' && reason === 'invalid';
}

function wish(outcome: Outcome, canceledByUser: boolean, { growOutput, repair }: RetryPolicy): RetryDecision {
  const { status, reason, finishReason, error } = outcome;
  switch (status) {
    case 'succeeded':
    case 'rejected':
      return 'never';
    case 'unusable':
      if (isInvalid(outcome)) return repair ? 'repair' : 'never';
      return growOutput && reason === 'truncated' && finishReason === 'length' ? 'grow' : 'never';
    case 'expired':
    case 'missing':
      return canceledByUser ? 'never' : 'again';
    case 'canceled':
      return canceledByUser ? 'never' : 'again';
    case 'errored':
      return afterError(error?.code ?? '', error?.type, error?.status);
  }
}

function afterError(code: string, type: string | undefined, status: number | undefined): RetryDecision {
  if (outOfCredit.has(code) || (type !== undefined && outOfCredit.has(type))) return 'stop';
  const isCurable = curable.has(code) || (status !== undefined && (curableStatus.has(status) || status >= 500));
  return isCurable ? 'again' : 'never';
}

/** Parameters that limit an answer, whatever the API calls them. */
const outputLimits = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;

/**
 * The request line with its output limit doubled; `undefined` if it has none, because then the model's own limit cut the answer.
 */
export function growOutputLimit(line: string): string | undefined {
  // A request line is one JSON object, written by `formatRequest`.
  const request = JSON.parse(line) as Record<string, unknown>;
  for (const holder of [request['body'], request['params'], request]) {
    if (typeof holder !== 'object' || holder === null) continue;
    const fields = holder as Record<string, unknown>;
    const limit = outputLimits.find((name) => typeof fields[name] === 'number');
    if (limit === undefined) continue;
    fields[limit] = Number(fields[limit]) * 2;
    return JSON.stringify(request);
  }
  return undefined;
}
