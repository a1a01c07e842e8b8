import type { AnswerInput } from './answers.ts';
import { stringMember, type Json, type JsonObject } from './json.ts';
import type { Random } from './random.ts';

const CATEGORIES = [
  'harassment', 'harassment/threatening', 'hate', 'hate/threatening', 'illicit', 'illicit/violent', 'self-harm',
  'self-harm/intent', 'self-harm/instructions', 'sexual', 'sexual/minors', 'violence', 'violence/graphic',
] as const;

function resultFor(random: Random): JsonObject {
  const scores = CATEGORIES.map((name) => [name, Math.round(random() * 1e7) / 1e8] as const);
  return {
    flagged: false,
    categories: Object.fromEntries(CATEGORIES.map((name) => [name, false])),
    category_scores: Object.fromEntries(scores),
    category_applied_input_types: Object.fromEntries(CATEGORIES.map((name) => [name, ['text']])),
  };
}

/** Several texts get a result each; the parts of one multimodal input get one together. */
function resultCount(input: Json | undefined): number {
  return Array.isArray(input) && typeof input[0] === 'string' ? input.length : 1;
}

/** Answers `/v1/moderations`: nothing is ever flagged. */
export function answerModeration({ body, identity, random }: AnswerInput): JsonObject {
  const results = Array.from({ length: resultCount(body['input']) }, () => resultFor(random));
  return { id: `modr-${identity.id.slice(0, 32)}`, model: stringMember(body, 'model') ?? 'omni-moderation-latest', results };
}
