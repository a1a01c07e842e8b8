import type { JsonObject } from '../records/record.ts';
import { fromByteText } from './byte-text.ts';
import { unescapedText } from './json-text.ts';
import type { KnownShape, ScannedLine, TokenCounts } from './line-scanner.ts';
import type { Answer, BatchResult, Usage } from './result.ts';

type AnsweredResult = Extract<BatchResult, { readonly kind: 'answered' }>;

/**
 * The result of a scanned line, as `parseResult` gives it, but for the body: that is parsed when it is first looked at.
 *
 * @param span as text
 */
export function resultIn(line: ScannedLine, shape: KnownShape, span: string, { refine, parseBody }: ResultParts): AnsweredResult {
  const answer = answerIn(line, shape, span);
  const requestId = line.requestId === undefined ? undefined : fromByteText(line.requestId);
  return new ScannedResult(fromByteText(line.customId), shape.statusCode, requestId, refine?.(answer) ?? answer, parseBody);
}

/** What a result needs beside the parts of its line. */
export interface ResultParts {
  /** What is done to the answer. */
  readonly refine?: (answer: Answer) => Answer;
  readonly parseBody: () => JsonObject;
}

/**
 * Looks like the plain object that `parseResult` makes, and is copied and printed like it. One getter serves all results: an object
 * literal with a getter of its own costs four times as much.
 */
class ScannedResult implements AnsweredResult {
  // Declared, so that they come into being in the order in which they are set.
  declare readonly kind: 'answered';
  declare readonly customId: string;
  declare readonly statusCode?: number;
  declare readonly requestId?: string;
  declare readonly answer: Answer;
  declare readonly body: JsonObject;
  readonly #parseBody: () => JsonObject;
  #body: JsonObject | undefined;

  static readonly #lazyBody: PropertyDescriptor & ThisType<ScannedResult> = {
    enumerable: true,
    configurable: true,
    get() {
      return (this.#body ??= this.#parseBody());
    },
  };

  constructor(customId: string, statusCode: number | undefined, requestId: string | undefined, answer: Answer, parseBody: () => JsonObject) {
    this.kind = 'answered';
    this.customId = customId;
    if (statusCode !== undefined) this.statusCode = statusCode;
    if (requestId !== undefined) this.requestId = requestId;
    this.answer = answer;
    this.#parseBody = parseBody;
    Object.defineProperty(this, 'body', ScannedResult.#lazyBody);
  }
}

/** The answer of a scanned line. @param span as text */
export function answerIn(counts: TokenCounts, { answer }: KnownShape, span: string): Answer {
  // A copy, filled by assignment: the fields stay in their order.
  const filled: { -readonly [Key in keyof Answer]: Answer[Key] } = { ...answer };
  if (answer.text !== undefined) filled.text = unescapedText(span);
  // It was matched as a list of numbers.
  if (answer.embedding !== undefined) filled.embedding = JSON.parse(span) as readonly number[];
  if (answer.usage !== undefined) filled.usage = usageIn(counts);
  return filled;
}

/** Token counts as they are reported. @param usage to be filled with them. @default a new one */
export function usageIn({ inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens }: TokenCounts, usage: WritableUsage = { inputTokens: 0, outputTokens: 0 }): Usage {
  // Filled by assignment, one after the other: it is made for each record, and spreading costs ten times as much.
  usage.inputTokens = Math.max(0, inputTokens);
  usage.outputTokens = Math.max(0, outputTokens);
  if (cachedTokens >= 0) usage.cachedInputTokens = cachedTokens;
  if (cacheWriteTokens >= 0) usage.cacheWriteTokens = cacheWriteTokens;
  if (reasoningTokens >= 0) usage.reasoningTokens = reasoningTokens;
  return usage;
}

/** Token counts that are still to be filled in. */
export type WritableUsage = { -readonly [Key in keyof Usage]: Usage[Key] };
