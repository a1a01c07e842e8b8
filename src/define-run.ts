import { InputError } from './errors.ts';
import type { AnyValue, JsonValue } from './records/record.ts';
import { nearest } from './requests/nearest.ts';
import type { RunConfig } from './run-config.ts';

/** Every key of a config; the compiler holds the two together. */
const keys: Readonly<Record<keyof RunConfig, true>> = {
  provider: true,
  emulate: true,
  speed: true,
  fault: true,
  faults: true,
  baseUrl: true,
  endpoint: true,
  model: true,
  system: true,
  prompt: true,
  messages: true,
  schema: true,
  strictSchema: true,
  maxTokens: true,
  param: true,
  apiVersion: true,
  id: true,
  check: true,
  completionWindow: true,
  dir: true,
  output: true,
  folder: true,
  outputFormat: true,
  report: true,
  format: true,
  path: true,
  delimiter: true,
  encoding: true,
  limit: true,
  prefix: true,
  embeddingFormat: true,
  parseJson: true,
  stripFences: true,
  body: true,
  cost: true,
  audit: true,
  prices: true,
  tokenizer: true,
  dryRun: true,
  budget: true,
  maxOutputCost: true,
  concurrency: true,
  pollInterval: true,
  maxRequests: true,
  maxBytes: true,
  maxAttempts: true,
  growOutput: true,
  repair: true,
  reuse: true,
  dedupe: true,
  finishSync: true,
  tier: true,
  maxQueuedRequests: true,
  maxQueuedTokens: true,
  canary: true,
  maxWait: true,
  strict: true,
  threads: true,
  label: true,
  metadata: true,
  fix: true,
  all: true,
  json: true,
  quiet: true,
  log: true,
  color: true,
};

/**
 * Defines a run in a config file of the `millrace` command: `millrace.config.js`, `.ts` or `.json`. Gives back what it was given,
 * typed and its keys checked; what the values hold is looked at where they are used.
 *
 * @param config what the flags of `run`, `build`, `lint` and `estimate` say, and functions where flags cannot
 * @throws InputError `invalid_option` for what is no object, or has a key that says nothing; the message names the nearest key
 *
 * @example
 * export default defineRun({
 *   id: 'id', model: 'gpt-5-mini', maxWait: '24h', output: 'reviews.enriched.csv',
 *   prompt: (review: Review) => `Classify: ${review.text.trim()}`,
 *   check: ({ text }) => text === 'good' || text === 'bad' || `neither good nor bad: ${text}`,
 * });
 */
export function defineRun<T = AnyValue, Answer = JsonValue>(config: RunConfig<T, Answer>): RunConfig<T, Answer> {
  // Whoever is not checked by the compiler, a JSON file above all, is checked here.
  const given: unknown = config;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new InputError('invalid_option', 'A run is defined by an object, such as { "model": "gpt-5-mini", "prompt": "Classify: {{text}}" }.');
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(keys, key)) continue;
    const near = nearest(key, Object.keys(keys));
    const hint = near === undefined ? 'Its keys are the flags of `millrace run`, `build`, `lint` and `estimate`, as maxTokens for --max-tokens.' : `Did you mean ${JSON.stringify(near)}?`;
    throw new InputError('invalid_option', `No part of a run is called ${JSON.stringify(key)}. ${hint}`);
  }
  return config;
}
