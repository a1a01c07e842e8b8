/**
 * Which models take which parameters, as data, so that a request that would be refused is found before it is sent.
 * Compiled 2026-11-22 from the providers' model pages and the parameter table of the Python package `batch-openai` 0.3.0.
 * Models change faster than packages: pass your own list as `modelRules` of a builder. A model no rule knows is a warning.
 */

/** What is known of a family of models. */
export interface ModelRule {
  /** Tested against the model name, fine-tuned (`ft:...`) and dated names included. The first rule that matches counts. */
  readonly pattern: RegExp;
  /** Endpoints that the family serves. */
  readonly endpoints: readonly string[];
  /** Name of the output limit on `/v1/chat/completions`. @default 'max_tokens' */
  readonly chatLimit?: 'max_tokens' | 'max_completion_tokens';
  /** Parameters that the family refuses. */
  readonly refuses?: readonly string[];
  /** Tokens that it can hold, question and answer together; a longer prompt is a warning. @default by a dated list */
  readonly contextTokens?: number;
}

const text = ['/v1/chat/completions', '/v1/responses'];
const sampling = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];

export const defaultModelRules: readonly ModelRule[] = [
  { pattern: /^gpt-3\.5-turbo-instruct\b|^(davinci|babbage)-002\b/, endpoints: ['/v1/completions'] },
  { pattern: /^text-embedding-/, endpoints: ['/v1/embeddings'] },
  { pattern: /^(omni|text)-moderation-/, endpoints: ['/v1/moderations'] },
  { pattern: /^(ft:)?(gpt-(3\.5|4)|chatgpt-4o)/, endpoints: text },
  { pattern: /^(ft:)?(gpt-([5-9]|[1-9]\d)(?!\d)|o[1-9](-|$))/, endpoints: text, chatLimit: 'max_completion_tokens', refuses: sampling },
  { pattern: /^claude-/, endpoints: ['/v1/messages'] },
];

/** The `anthropic-version` from which on `temperature`, `top_p` and `top_k` do not exist: sending them fails the request. */
export const anthropicVersionWithoutSampling = '2026-10-21';

/** The rule for a model, if one knows it. */
export function ruleFor(model: string, rules: readonly ModelRule[]): ModelRule | undefined {
  return rules.find(({ pattern }) => pattern.test(model));
}

/** What to say of a model that no rule knows. */
export function unknownModelWarning(model: string): string {
  return `The model ${JSON.stringify(model)} is not in the model list of 2026-11-22: its parameters cannot be checked before sending.`;
}
