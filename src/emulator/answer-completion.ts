import { usageOf } from './answer-chat.ts';
import type { AnswerInput } from './answers.ts';
import { cutAt, tokensOf } from './content.ts';
import { numberMember, stringMember, type Json, type JsonObject } from './json.ts';
import { prose } from './prose.ts';

/** The endpoint answers with at most this many tokens unless told otherwise. */
const DEFAULT_LIMIT = 16;

function promptsOf(prompt: Json | undefined): Json[] {
  if (!Array.isArray(prompt) || typeof prompt[0] === 'number') return [prompt ?? ''];
  return prompt;
}

/** Answers `/v1/completions`: one choice for each prompt. A text of your own is cut only at a limit that the request names. */
export function answerCompletion({ body, text, identity, random }: AnswerInput): JsonObject {
  const asked = numberMember(body, 'max_tokens');
  const prompts = promptsOf(body['prompt']);
  const choices = prompts.map(() => cutAt(text ?? prose(random), asked ?? (text === undefined ? DEFAULT_LIMIT : undefined)));
  const tokens = choices.reduce((sum, choice) => sum + tokensOf(choice.text), 0);
  return {
    id: `cmpl-${identity.id.slice(0, 29)}`,
    object: 'text_completion',
    created: identity.createdAt,
    model: stringMember(body, 'model') ?? '',
    choices: choices.map((choice, index) => ({
      text: choice.text, index, logprobs: null, finish_reason: choice.truncated ? 'length' : 'stop',
    })),
    usage: usageOf(tokensOf(body['prompt']), tokens),
  };
}
