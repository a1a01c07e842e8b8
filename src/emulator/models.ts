/** Dated names that the APIs answer with when asked for the short one, as of late 2026. Other names come back as they are. */
const snapshots: Readonly<Record<string, string>> = {
  'gpt-5': 'gpt-5-2025-08-07',
  'gpt-5-mini': 'gpt-5-mini-2025-08-07',
  'gpt-5-nano': 'gpt-5-nano-2025-08-07',
  'gpt-5.4-pro': 'gpt-5.4-pro-2026-03-05',
  'gpt-4.1': 'gpt-4.1-2025-04-14',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
  'gpt-4.1-nano': 'gpt-4.1-nano-2025-04-14',
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'o3': 'o3-2025-04-16',
  'o4-mini': 'o4-mini-2025-04-16',
  'claude-haiku-4-5': 'claude-haiku-4-5-20251001',
  'claude-sonnet-4-5': 'claude-sonnet-4-5-20250929',
};

/** The dated name of a model. */
export function snapshotOf(model: string): string {
  return snapshots[model] ?? model;
}

/** Families of models and the endpoints that they serve (openai-batch reference, 3.1); other names serve all. */
const families: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)/, ['/v1/completions']],
  [/^text-embedding-/, ['/v1/embeddings']],
  [/^(omni|text)-moderation-/, ['/v1/moderations']],
  [/^claude-/, ['/v1/messages']],
  [/^(ft:)?(chatgpt-4o|gpt-3\.5|gpt-4)/, ['/v1/chat/completions', '/v1/responses']],
  [/^(ft:)?(gpt-([5-9]|[1-9]\d)(?!\d)|o[1-9](-|$))/, ['/v1/chat/completions', '/v1/responses']],
];

/** Whether a model of this name can be asked at an endpoint. */
export function serves(model: string, endpoint: string): boolean {
  const family = families.find(([pattern]) => pattern.test(model));
  return family === undefined || family[1].includes(endpoint);
}

/** Length of the vectors of an embedding model. */
export function defaultDimensions(model: string): number {
  return model.endsWith('-large') ? 3072 : 1536;
}

/** The most that `dimensions` may ask for: of models that are not OpenAI's only that an answer stays within reason. */
export function mostDimensions(model: string): number {
  return model.startsWith('text-embedding-') ? defaultDimensions(model) : 8192;
}
