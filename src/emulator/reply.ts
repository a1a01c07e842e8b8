import { messageOf } from '../errors.ts';
import { answerTo, type AnswerIdentity } from './answers.ts';
import { ApiFailure } from './failure.ts';
import { isObject, member, numberMember, stringMember, type JsonObject } from './json.ts';
import { refusalOf } from './refusals.ts';

/** One request, from a batch or from a synchronous call, as an answer function sees it. */
export interface EmulatedRequest {
  readonly provider: 'openai' | 'anthropic';
  /** E.g. `/v1/chat/completions`, `/v1/messages`. */
  readonly endpoint: string;
  /** Absent in a synchronous call. */
  readonly customId?: string;
  /** What the model is asked: `body` of an OpenAI request line, `params` of an Anthropic request. */
  readonly body: JsonObject;
}

/**
 * Your own answer to a request that the API has accepted. Return, or resolve to,
 * - a string: the text of the answer; the emulator wraps it in the endpoint's body, with usage, and cuts it at the output limit;
 * - an object: the whole body, sent as it is;
 * - `{ status, error }`, or throw it: the request failed with that HTTP status; `error` is a message, or an object with
 *   `message`, `type`, `code`, `param`;
 * - `undefined`: the made-up answer.
 * Anything else that is thrown makes a 500 with its message. To give the same bytes after a restart it must be deterministic.
 *
 * @example
 * const answer = ({ body }) => (body.model === 'gpt-5-nano' ? 'pong' : { status: 429, error: { message: 'No credit.', code: 'insufficient_quota' } });
 */
export type AnswerFunction = (request: EmulatedRequest) => unknown;

/** What became of one request: the body of its answer, or why it failed. */
export type Reply = { readonly body: JsonObject } | { readonly failure: ApiFailure };

/** Where and how a request is answered. */
export interface ReplyContext {
  readonly answer: AnswerFunction | undefined;
  readonly identity: AnswerIdentity;
  /** `anthropic-version` of the call. */
  readonly version?: string;
  /** True inside a batch, where Anthropic refuses more. */
  readonly batched: boolean;
}

/** Answers one request, whichever way it came. Never throws. */
export async function replyTo(request: EmulatedRequest, { answer, identity, version, batched }: ReplyContext): Promise<Reply> {
  const refusal = refusalOf(request, { version, batched });
  if (refusal !== undefined) return { failure: refusal };
  try {
    const own: unknown = await answer?.(request);
    const failure = failureFrom(own);
    if (failure !== undefined) return { failure };
    if (isObject(own)) return { body: own };
    return answered(request, own, identity);
  } catch (error) {
    return { failure: failureFrom(error) ?? new ApiFailure(500, messageOf(error)) };
  }
}

function answered(request: EmulatedRequest, own: unknown, identity: AnswerIdentity): Reply {
  if (typeof own !== 'string' && own !== undefined) {
    throw new ApiFailure(500, `The answer function returned a ${own === null ? 'null' : typeof own}; it must return a string, an object or undefined.`);
  }
  const body = answerTo(request, own, identity);
  if (body !== undefined) return { body };
  throw new ApiFailure(400, `The emulator has no answer of its own for ${request.endpoint}: pass an answer function that returns the body.`);
}

function failureFrom(own: unknown): ApiFailure | undefined {
  if (own instanceof ApiFailure) return own;
  const status = numberMember(own, 'status');
  const error = member(own, 'error');
  if (status === undefined || (typeof error !== 'string' && !isObject(error))) return undefined;
  const message = typeof error === 'string' ? error : (stringMember(error, 'message') ?? 'The request failed.');
  const named = (key: 'type' | 'code' | 'param') => {
    const value = stringMember(error, key);
    return value === undefined ? {} : { [key]: value };
  };
  return new ApiFailure(status, message, { ...named('type'), ...named('code'), ...named('param') });
}
