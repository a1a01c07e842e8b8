import { openaiErrorBody } from './failure.ts';
import { asciiJson, member, numberMember, type JsonObject } from './json.ts';
import type { Reply } from './reply.ts';
import type { TokenSums } from './stored.ts';

/** What tells the rows of result files apart. */
export interface RowIds {
  readonly customId: string;
  /** 64 hex digits from which the ids are cut. */
  readonly id: string;
}

function rowText({ customId, id }: RowIds, response: JsonObject | null, error: JsonObject | null): string {
  return asciiJson({ id: `batch_req_${id.slice(0, 32)}`, custom_id: customId, response, error });
}

/** The row of a request that was executed. A failed one says so inside `response` alone: the top-level `error` is null. */
export function executedRow(ids: RowIds, reply: Reply): string {
  const [status, body] = 'body' in reply ? [200, reply.body] : [reply.failure.status, openaiErrorBody(reply.failure)];
  return rowText(ids, { status_code: status, request_id: ids.id.slice(32, 64), body }, null);
}

/** A row that says neither that it was answered nor that it failed, as was reported (openai-batch reference, section 6). */
export function zeroRow(ids: RowIds): string {
  return rowText(ids, { status_code: 0, request_id: ids.id.slice(32, 64), body: null }, null);
}

/** The row of a request that was never executed. */
export function unexecutedRow(ids: RowIds, reason: 'expired' | 'cancelled'): string {
  const error = reason === 'expired'
    ? { code: 'batch_expired', message: 'This request could not be executed before the completion window expired.' }
    : { code: 'batch_cancelled', message: 'This request was not executed because the batch was cancelled.' };
  return rowText(ids, null, error);
}

/** Tokens an answer used, in the words of whichever endpoint. */
export function tokensUsed(body: JsonObject): TokenSums {
  const usage = member(body, 'usage');
  return {
    input: numberMember(usage, 'prompt_tokens') ?? numberMember(usage, 'input_tokens') ?? 0,
    output: numberMember(usage, 'completion_tokens') ?? numberMember(usage, 'output_tokens') ?? 0,
  };
}
