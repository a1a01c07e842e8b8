import type { FlagName } from './flags.ts';

/** Flags that say what is read and what is asked. */
export const buildFlags = [
  'provider',
  'emulate',
  'baseUrl',
  'endpoint',
  'model',
  'system',
  'prompt',
  'messages',
  'schema',
  'strictSchema',
  'maxTokens',
  'param',
  'id',
  'format',
  'path',
  'delimiter',
  'encoding',
  'limit',
  'strict',
  'maxOutputCost',
  'config',
  'noConfig',
  'threads',
] as const satisfies readonly FlagName[];

/** Flags that say how a run is driven and how answers are judged. */
export const driveFlags = [
  'speed',
  'fault',
  'faults',
  'completionWindow',
  'concurrency',
  'pollInterval',
  'maxWait',
  'maxAttempts',
  'growOutput',
  'repair',
  'finishSync',
  'tier',
  'maxQueuedRequests',
  'maxQueuedTokens',
  'canary',
  'maxRequests',
  'maxBytes',
  'prices',
  'budget',
  'parseJson',
  'stripFences',
  'body',
] as const satisfies readonly FlagName[];

/** Flags that say where the provider of a run is. */
export const connectionFlags = ['emulate', 'baseUrl', 'schema'] as const satisfies readonly FlagName[];

/** Flags of what a run is called. */
export const tagFlags = ['label', 'metadata'] as const satisfies readonly FlagName[];

/** Flags that every verb has. */
export const commonFlags = ['json', 'quiet', 'color'] as const satisfies readonly FlagName[];
