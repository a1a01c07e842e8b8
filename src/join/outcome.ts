import type { AnyValue, JsonObject, JsonValue, SourceRecord } from '../records/record.ts';
import { refineAnswer, type TextRules } from '../results/answer-text.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import type { Answer, BatchResult, FinishReason, ResultError, ToolCall, Usage } from '../results/result.ts';
import { readAnswer } from './read-answer.ts';

export const outcomeStatuses = ['succeeded', 'unusable', 'errored', 'expired', 'canceled', 'missing', 'rejected'] as const;
/** What became of one record. Every record ends in exactly one of these. */
export type OutcomeStatus = (typeof outcomeStatuses)[number];

/** Where the answer to a record came from, if not from a request that was sent for it. */
export type Origin = 'reused' | 'deduplicated';

/** What became of one record. `Json` is what a schema makes of an answer. */
export interface Outcome<Json = JsonValue> {
  readonly status: OutcomeStatus;
  /** Why, where `status` is not `succeeded`: `truncated`, `filtered`, the provider's error code, `duplicate_custom_id`, ... */
  readonly reason?: string;
  /** The user's id of the record. */
  readonly customId: string;
  readonly text?: string;
  /** The answer parsed as JSON, where asked for; with a schema what the schema makes of it, once it fits. */
  readonly json?: Json;
  readonly toolCalls?: readonly ToolCall[];
  readonly embedding?: JsonValue;
  readonly output?: JsonValue;
  readonly finishReason?: FinishReason;
  readonly model?: string;
  readonly usage?: Usage;
  /** What the record cost in US dollars, all of its attempts together; left out where that is not known. */
  readonly costUsd?: number;
  readonly error?: ResultError;
  /** Set where nothing was sent for this record: its answer was `reused` from an earlier run, or is that of another record with the same request (`deduplicated`). */
  readonly origin?: Origin;
  /** Answered by the synchronous endpoint, at full price; else by a batch. */
  readonly synchronous?: boolean;
  /** The provider's whole body. */
  readonly body?: JsonObject;
}

/** A record and what became of it. */
export interface JoinedRecord<T = AnyValue, Json = JsonValue> {
  readonly record: SourceRecord<T>;
  readonly outcome: Outcome<Json>;
}

/**
 * Looks at an outcome that would be `succeeded`: `true`, or in words what is wrong with it, which makes it `unusable`, `invalid`.
 * The same outcome must always get the same verdict: it is asked whenever results are joined.
 */
export type Check<T = AnyValue, Json = JsonValue> = (outcome: Outcome<Json>, record: SourceRecord<T>) => true | string;

/** How an answer is judged, whatever the types of records and answers. */
export interface OutcomeRules extends TextRules {
  /**
   * Keep the provider's whole body in the outcome.
   * @default false
   */
  readonly body?: boolean;
  /**
   * What answers are held to: a JSON Schema, or a schema of zod or another library. One that does not fit is `unusable`, `invalid`.
   * @default the schema of the request
   */
  readonly schema?: SchemaSource;
  /** A last look at each outcome that would be `succeeded`: `true`, or in words what is wrong with it. */
  readonly check?: Check<never, never>;
}

/** How an answer is judged: {@link OutcomeRules} whose check knows its record and its answer. */
export interface TypedRules<T = AnyValue, Json = JsonValue> extends OutcomeRules {
  readonly schema?: SchemaSource<Json>;
  readonly check?: Check<T, Json>;
}

/** True if rules say anything about what answers hold: then a result line must be parsed to be judged. */
export function looksAtAnswers({ schema, check, parseJson, stripFences }: OutcomeRules): boolean {
  return schema !== undefined || check !== undefined || parseJson === true || stripFences === true;
}

/** The check comes later: it needs the record. */
export interface OutcomeOptions extends Omit<OutcomeRules, 'check'> {
  /** The user's id of the record, which may not be the one on the wire. */
  readonly customId: string;
}

/**
 * What a result makes of its record; no result makes it `missing`. Answered is not yet succeeded: a truncated, filtered, refused or
 * empty answer is `unusable`, its text kept. A turn that the provider paused (Anthropic's `pause_turn`) is not finished, thus `truncated`. Pure.
 *
 * @example
 * outcomeOf(parseResult(line), { customId: 'review-17' }).status // 'succeeded'
 */
export function outcomeOf(result: BatchResult | undefined, options: OutcomeOptions): Outcome {
  const { customId } = options;
  if (result === undefined) return { status: 'missing', customId };
  if (result.kind === 'errored') {
    const status = result.statusCode === undefined ? {} : { status: result.statusCode };
    return { status: 'errored', reason: result.error.code, customId, error: { ...result.error, ...status }, ...bodyOf(result, options) };
  }
  if (result.kind !== 'answered') return { status: result.kind, customId };
  const answer = refineAnswer(result.answer, options.schema === undefined ? options : { ...options, parseJson: true });
  return judged(answer, options.body === true ? { customId, ...bodyOf(result, options) } : { customId }, options);
}

/** Filled by assignment, here and below: this is done for each record, and spreading costs ten times as much. */
function judged(answer: Answer, rest: Pick<Outcome, 'customId' | 'body'>, { schema, parseJson }: Omit<OutcomeRules, 'check'>): Outcome {
  const reason = faultOf(answer);
  const fields = outcomeFields(answer);
  if (reason !== undefined) return Object.assign({ status: 'unusable' as const, reason }, schema === undefined ? fields : withoutJson(fields), rest);
  if (schema !== undefined) return readAnswer({ ...fields, ...rest }, schema);
  if (parseJson === true && isUnparsed(fields)) return { status: 'unusable', reason: 'invalid', ...fields, ...rest, error: { code: 'invalid', message: 'The text of the answer is not JSON.' } };
  return Object.assign({ status: 'succeeded' as const }, fields, rest);
}

/** What an outcome says of an answer. */
type AnswerFields = Omit<Answer, 'refusal'>;

/** With a schema, `json` is what fits it; half an answer was not held to it. */
function withoutJson({ json: _unread, ...fields }: AnswerFields): AnswerFields {
  return fields;
}

/** The text beside a tool call may be anything; any other text must be JSON where JSON was asked for. */
function isUnparsed({ text, json, toolCalls }: AnswerFields): boolean {
  return text !== undefined && json === undefined && toolCalls === undefined;
}

/** Why an answer is not usable. A length that cut a tool call or left no text at all is still a length: more room would help. */
function faultOf(answer: Answer): 'filtered' | 'refused' | 'truncated' | 'empty' | undefined {
  if (answer.finishReason === 'content_filter') return 'filtered';
  if (answer.refusal !== undefined || answer.finishReason === 'refusal') return 'refused';
  if (answer.finishReason === 'length' || answer.finishReason === 'pause') return 'truncated';
  return hasContent(answer) ? undefined : 'empty';
}

/** Each endpoint has its own kind of answer: text, tool calls (their arguments are the answer), a vector, or another output. */
function hasContent({ text, toolCalls, embedding, output }: Answer): boolean {
  if ((toolCalls?.length ?? 0) > 0) return true;
  return !isHollow(text?.trim()) || !isHollow(embedding) || !isHollow(output);
}

function isHollow(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object') return value === undefined || value === '';
  return value === null || (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0);
}

/** The words of a refusal are the text of an answer that has no other. */
function outcomeFields(answer: Answer): AnswerFields {
  if (!('refusal' in answer)) return answer;
  const { refusal, ...fields } = answer;
  return refusal === undefined || (fields.text ?? '') !== '' ? fields : { ...fields, text: refusal };
}

/** The body is looked at only where it is wanted: it may be parsed then. */
function bodyOf(result: { readonly body?: JsonObject }, { body: wanted }: Pick<OutcomeRules, 'body'>): Pick<Outcome, 'body'> {
  return wanted === true && result.body !== undefined ? { body: result.body } : {};
}

/** How good an outcome is where several lines answer one record: 2 succeeded, 1 unusable (paid for, text kept), 0 all others. */
export function rankOf({ status }: Outcome): 0 | 1 | 2 {
  return status === 'succeeded' ? 2 : status === 'unusable' ? 1 : 0;
}
