import type { RequestContent } from './request-content.ts';

/** Tokens of one request or of many: surely more than `low`, about `typical`, and `high` where things go badly. */
export interface TokenRange {
  readonly low: number;
  readonly typical: number;
  readonly high: number;
}

/**
 * Bytes of UTF-8 for each token: 5 in long English prose, 4 by the usual rule, 2.5 in prompts full of numbers. Measured on 5,000 rows
 * of public batches, of which none of plain text had fewer than 2.5 (English, Korean, Chinese); base64 has 1.5.
 */
const bytesPerToken = { low: 5, typical: 4, high: 2.5 } as const;
const tokensPerMessage = 4;

/**
 * Tokens of an image: the least (85, low detail), one of usual size, and one of the highest resolution in the model that charges most
 * (gpt-4o-mini: 2,833 + 8 tiles of 5,667).
 */
const imageTokens = { low: 85, typical: 1_000, high: 50_000 } as const;

/** Estimates the input tokens of a request by its bytes: no tokenizer, no tables. Pure. */
export function estimateTokens({ texts, extras, messages, tokens, images }: RequestContent): TokenRange {
  const bytes = bytesOf(texts);
  const fixed = tokens + messages * tokensPerMessage;
  const extra = bytesOf(extras);
  return {
    low: Math.floor(tokens + images * imageTokens.low + bytes / bytesPerToken.low),
    typical: Math.ceil(fixed + images * imageTokens.typical + (bytes + extra) / bytesPerToken.typical),
    high: Math.ceil(fixed + images * imageTokens.high + (bytes + extra) / bytesPerToken.high),
  };
}

/** Tokens of a chat beside those of its texts: a start, a separator and an end for each message, and the opening of the answer. */
export function chatOverhead({ messages }: Pick<RequestContent, 'messages'>): number {
  return messages === 0 ? 0 : 3 + 3 * messages;
}

/** The range where the texts were counted by a tokenizer: what remains unknown is how tools and schemas are rendered. */
export function countedTokens(content: RequestContent, textTokens: number, extraTokens: number): TokenRange {
  const counted = textTokens + content.tokens + chatOverhead(content);
  const { images } = content;
  return {
    low: counted + images * imageTokens.low,
    typical: counted + images * imageTokens.typical + extraTokens,
    high: counted + images * imageTokens.high + extraTokens,
  };
}

/** More than any provider was seen to add: 3 to 14 for a message, up to 800 for tools. */
const mostMessageTokens = 16;
const mostToolTokens = 1_000;

/**
 * More tokens than the input of a request can have: no tokenizer makes two tokens of one byte.
 * `undefined` if part of the input is not in the request.
 *
 * @param bytes of the request line
 */
export function inputBound({ messages, tokens, images, isOpenEnded, extras }: RequestContent, bytes: number): number | undefined {
  if (isOpenEnded) return undefined;
  return bytes + tokens + images * imageTokens.high + (messages + 4) * mostMessageTokens + (extras.length > 0 ? mostToolTokens : 0);
}

/**
 * Learns from finished shards how far an estimate is off, of tokens or of dollars. The ratio of all that was seen to all that was
 * estimated converges after one shard of the same kind of records.
 */
export class LearnedRatio {
  #estimated = 0;
  #actual = 0;

  /** Counts finished requests in. */
  learn(estimated: number, actual: number): void {
    this.#estimated += estimated;
    this.#actual += actual;
  }

  /** What an estimate comes to, as far as is known by now. */
  scale(estimated: number): number {
    return this.#estimated > 0 ? (estimated * this.#actual) / this.#estimated : estimated;
  }
}

function bytesOf(texts: readonly string[]): number {
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  return bytes;
}
