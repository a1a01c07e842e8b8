/** The request that the workloads build of each record. The peers in Python have the same one in `wire.py`. */
export const request = {
  model: 'gpt-4o-mini',
  system: 'You label product reviews. Answer with one word: praise, complaint, question or mixed.',
  maxTokens: 256,
  /** The prompt as a template of ours. */
  prompt: 'Title: {{title}}\n\nReview: {{text}}',
} as const;
