import type { OpenRunOptions } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { readSchema } from './schema.ts';

/** Pauses that suit an emulator, in milliseconds. */
const emulatedMs = 1000;

/** How a run is driven, from the flags. */
export function driveOptionsFrom(flags: FlagValues): Omit<OpenRunOptions, 'provider'> {
  const { pollInterval, emulate, completionWindow, concurrency, maxWait, maxAttempts, growOutput, repair, schema, check, finishSync, tier, maxQueuedRequests, maxQueuedTokens, canary, label, metadata, prices, budget, parseJson, stripFences, body } = flags;
  return {
    pollIntervalMs: pollInterval ?? (emulate === true ? emulatedMs : 60_000),
    // The emulator is never late, unless a fault says so.
    ...(emulate === true ? { graceMs: emulatedMs } : {}),
    limits: limitsFrom(flags),
    queue: {
      ...(tier === undefined ? {} : { tier: tier.toLowerCase() }),
      ...(maxQueuedRequests === undefined ? {} : { maxRequests: maxQueuedRequests }),
      ...(maxQueuedTokens === undefined ? {} : { maxTokens: maxQueuedTokens }),
    },
    ...(label === undefined ? {} : { label }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(prices === undefined ? {} : { prices }),
    ...(budget === undefined ? {} : { budgetUsd: budget }),
    ...(canary === undefined ? {} : { canary }),
    ...(completionWindow === undefined ? {} : { completionWindow }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxWait === undefined ? {} : { maxWaitMs: maxWait }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(growOutput === undefined ? {} : { growOutput }),
    ...(repair === undefined ? {} : { repair }),
    ...(schema === undefined ? {} : { schema: readSchema(schema) }),
    ...(check === undefined ? {} : { check }),
    ...(finishSync === undefined ? {} : { finishSync }),
    ...(parseJson === undefined ? {} : { parseJson }),
    ...(stripFences === undefined ? {} : { stripFences }),
    ...(body === undefined ? {} : { body }),
  };
}

/** Smaller shards than the provider allows, from the flags. */
export function limitsFrom({ maxRequests, maxBytes }: FlagValues): NonNullable<OpenRunOptions['limits']> {
  return { ...(maxRequests === undefined ? {} : { maxRequests }), ...(maxBytes === undefined ? {} : { maxBytes }) };
}
