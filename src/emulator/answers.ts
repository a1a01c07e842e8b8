import { answerChat } from './answer-chat.ts';
import { answerCompletion } from './answer-completion.ts';
import { answerEmbeddings } from './answer-embeddings.ts';
import { answerMessage } from './answer-message.ts';
import { answerModeration } from './answer-moderation.ts';
import { answerResponse } from './answer-response.ts';
import type { JsonObject } from './json.ts';
import { randomFrom, seedOf, type Random } from './random.ts';

/** What tells two answers to the same body apart. */
export interface AnswerIdentity {
  /** 64 hex digits from which the ids inside the answer are cut. */
  readonly id: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly seed: number;
}

/** What an answer is made of. */
export interface AnswerInput {
  readonly body: JsonObject;
  /** The text to answer with; `undefined` makes one up. */
  readonly text: string | undefined;
  readonly identity: AnswerIdentity;
  /** Depends on the body and the emulator's seed alone: the same request gets the same answer, in a batch or without. */
  readonly random: Random;
}

type Answerer = (input: AnswerInput) => JsonObject;

const answerers: Readonly<Record<string, Answerer>> = {
  '/v1/chat/completions': answerChat,
  '/v1/responses': answerResponse,
  '/v1/embeddings': answerEmbeddings,
  '/v1/completions': answerCompletion,
  '/v1/moderations': answerModeration,
  '/v1/messages': answerMessage,
};

/** OpenAI's endpoints that the emulator answers, in a batch and synchronously. */
export const openaiEndpoints: readonly string[] = Object.keys(answerers).filter((endpoint) => endpoint !== '/v1/messages');

/**
 * The body that answers a request: plausible text and usage, within the output limit, a valid instance where a JSON schema is
 * asked for. `undefined` for an endpoint it knows nothing of.
 */
export function answerTo(
  { endpoint, body }: { readonly endpoint: string; readonly body: JsonObject },
  text: string | undefined,
  identity: AnswerIdentity,
): JsonObject | undefined {
  const random = randomFrom(seedOf(identity.seed, JSON.stringify(body)));
  return answerers[endpoint]?.({ body, text, identity, random });
}
