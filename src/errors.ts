/**
 * Every code an error, a rejected record or a rejected line can carry, with what it means.
 * Codes are stable: scripts may match on them. The README shows this table; a test holds the two together.
 */
export const errorCodes = {
  // Your options and files
  invalid_option: 'An option or flag has a value that cannot be used; the message names it and what was expected.',
  file_not_found: 'A file that was named does not exist or cannot be read.',
  unknown_format: 'The file format cannot be told from the name; pass `format`.',
  missing_dependency: 'An optional package is needed for this; the message names the install command.',
  unknown_column: 'A template or `--id` names a column that the CSV header does not have, or a written record has a field that the output header lacks.',
  column_conflict: 'A source column has the name of a result column; `--prefix` renames the latter.',
  // One record
  parse_error: 'A source record cannot be parsed; the message names file, line and column.',
  template_error: 'A prompt template or a function failed for this record.',
  invalid_request: 'The request built for this record would be refused by the provider.',
  invalid_custom_id: 'The custom_id of this record is empty or not a string or number.',
  duplicate_custom_id: 'Two records have the same custom_id; both lines are named.',
  too_large: 'The request line of this record is larger than a whole shard may be.',
  // Result files
  unparsable: 'A line of a result file is not JSON.',
  unrecognized: 'A line of a result file is JSON, but no result line of a known provider.',
  orphan: 'A result belongs to no source record.',
  duplicate_result: 'A surplus result for a custom_id that has a better one.',
  no_match: 'No result meets any record: the wrong file, or the wrong id field.',
  // The provider
  authentication_failed: 'The provider refused the API key.',
  permission_denied: 'The API key may not do this.',
  insufficient_quota: 'The account has no credit left, or reached its spend limit.',
  rate_limited: 'The provider asked to slow down.',
  request_refused: 'The provider refused a call as wrong; repeating it would not help.',
  not_found: 'The provider does not know this batch or file.',
  conflict: 'The provider cannot do this in the present state, e.g. cancel a finished batch.',
  provider_unavailable: 'The provider failed (5xx) or could not be reached.',
  timeout: 'The provider did not answer in time.',
  unexpected_response: 'The provider answered with something that is not its API, e.g. the page of a proxy.',
  foreign_origin: 'A results address leads to another host; the API key is not sent there.',
  incomplete_download: 'A result file ended before its announced length.',
  results_unavailable: 'The results of a batch are gone: archived, deleted or expired at the provider.',
  batch_failed: 'The provider refused a whole batch at validation; its own messages follow.',
  // The run directory
  run_mismatch: 'The directory holds a run of another job; the message names what differs.',
  run_damaged: 'A file of the run directory is not as it was written; a copy of the directory from before helps, or another run.',
  run_locked: 'Another process is working on this run.',
  no_such_run: 'The directory holds no run.',
  not_finished: 'Some shards of the run have no results yet: wait for them and fetch them first.',
  ledger_version: 'The ledger was written by a newer millrace.',
  create_in_doubt: 'It is not known whether a batch was created; nothing is sent again until that is settled.',
  send_in_doubt: 'A request was sent by itself and its answer was lost: it may have been paid for, and is sent again only by `retry`.',
  disk_full: 'There is no room on the disk; the run stopped cleanly and goes on when there is.',
  over_budget: 'The next shard could take the cost of the run above its budget; the message names what is needed. The run can be resumed.',
  unknown_cost: 'A budget needs to know what a request can cost at most: its price is not known, or nothing limits it.',
  circuit_open: 'Nearly all requests of a shard failed for one reason; the rest was not sent.',
  wait_timeout: '`maxWaitMs` passed before every batch had ended; the run can be resumed.',
  inconsistent_report: 'The outcomes do not add up to the records: a bug, please report it.',
  interrupted: 'The run was interrupted; it can be resumed.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Where an error happened: fields an error message also says in words. */
export interface ErrorContext {
  /** Source or result file. */
  readonly file?: string;
  /** 1-based line in that file. */
  readonly line?: number;
  /** 1-based column in that line. */
  readonly column?: number;
  /** 0-based record index. */
  readonly index?: number;
  readonly customId?: string;
  readonly shard?: number;
  readonly batchId?: string;
  /** HTTP status of the provider's answer. */
  readonly status?: number;
  /** Seconds are common on the wire; here milliseconds to wait before the next try. */
  readonly retryAfterMs?: number;
  /** The lint rule that a request breaks, for `invalid_request`. */
  readonly rule?: string;
  /** The provider's own code or type, e.g. `invalid_api_key`. */
  readonly providerCode?: string;
  readonly requestId?: string;
  /** The offending text, when it is short enough to keep. */
  readonly raw?: string;
  readonly cause?: unknown;
}

/**
 * The base of every error millrace throws. `code` is one of {@link errorCodes}; `context` holds where it happened;
 * `cause` is the original error. Which subclass it is says who must act.
 */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly context: Omit<ErrorContext, 'cause'>;

  constructor(code: ErrorCode, message: string, { cause, ...context }: ErrorContext = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.context = context;
  }
}

/** The caller's data or options are wrong: correct them and try again. */
export class InputError extends MillraceError {}

/** The provider refused, failed or could not be reached. `context.status` is the HTTP status, where there was one. */
export class ProviderError extends MillraceError {}

/** The run directory or its ledger stands against it, or a wait ended; the message says how to go on. */
export class StateError extends MillraceError {}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system error code (`ENOENT`, `EPIPE`, ...) of whatever was thrown, if it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
