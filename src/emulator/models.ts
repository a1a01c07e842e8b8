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

/** Length of the vectors of an embedding model; it is also the most that `dimensions` may ask for. */
export function defaultDimensions(model: string): number {
  return model.endsWith('-large') ? 3072 : 1536;
}
