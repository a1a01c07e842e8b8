import type { AnswerInput } from './answers.ts';
import { tokensOf } from './content.ts';
import { base64Of, embeddingOf } from './embedding.ts';
import { numberMember, stringMember, type Json, type JsonObject } from './json.ts';
import { defaultDimensions } from './models.ts';

/** The inputs of an embedding request: texts, or arrays of token numbers. */
export function embeddingInputs(input: Json | undefined): Json[] {
  if (!Array.isArray(input) || typeof input[0] === 'number') return input === undefined ? [] : [input];
  return input;
}

/** Answers `/v1/embeddings`: one vector for each input. A text of your own has no meaning here. */
export function answerEmbeddings({ body }: AnswerInput): JsonObject {
  const model = stringMember(body, 'model') ?? '';
  const dimensions = numberMember(body, 'dimensions') ?? defaultDimensions(model);
  const inputs = embeddingInputs(body['input']);
  const tokens = inputs.reduce<number>((sum, input) => sum + (Array.isArray(input) ? input.length : tokensOf(input)), 0);
  const data = inputs.map((input, index) => {
    const vector = embeddingOf(typeof input === 'string' ? input : JSON.stringify(input), dimensions);
    return { object: 'embedding', index, embedding: body['encoding_format'] === 'base64' ? base64Of(vector) : vector };
  });
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
