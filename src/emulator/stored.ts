import type { BatchTimes, Ending } from './lifecycle.ts';

/** What every kept object has. */
export interface Stored {
  readonly id: string;
  /** Hash of the key it belongs to; the key itself is never kept. */
  readonly account: string;
  /** Rises with each object made: later ones are newer. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** An OpenAI file; its bytes lie beside. */
export interface StoredFile extends Stored {
  readonly bytes: number;
  readonly filename: string;
  readonly purpose: string;
  /** Unix milliseconds. */
  readonly expiresAt?: number;
}

/** An entry of `errors.data` of a failed OpenAI batch. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly line: number | null;
}

/** What checking an input file found. */
export interface Validation {
  /** Unix milliseconds. */
  readonly at: number;
  readonly total: number;
  readonly model: string | null;
  /** Estimated prompt tokens. */
  readonly tokens: number;
  readonly problems: readonly Problem[];
}

/** Summed over the successful rows. */
export interface TokenSums {
  readonly input: number;
  readonly output: number;
}

/** How an OpenAI batch ended: visible from `at` on. */
export interface BatchOutcome {
  /** Unix milliseconds. */
  readonly at: number;
  readonly ending: Ending;
  readonly completed: number;
  readonly failed: number;
  readonly tokens: TokenSums;
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
}

/** An OpenAI batch: what was asked for, and the facts so far. */
export interface StoredBatch extends Stored, BatchTimes {
  readonly endpoint: string;
  readonly inputFileId: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Seconds that result files live, from their creation. */
  readonly outputSeconds: number;
  readonly validation?: Validation;
  readonly outcome?: BatchOutcome;
}

/** How an Anthropic batch ended: visible from `at` on. */
export interface MessageBatchOutcome {
  /** Unix milliseconds. */
  readonly at: number;
  readonly succeeded: number;
  readonly errored: number;
  readonly canceled: number;
  readonly expired: number;
}

/** An Anthropic batch; its requests and results lie beside. */
export interface StoredMessageBatch extends Stored, BatchTimes {
  /** `anthropic-version` it was created under. */
  readonly version: string;
  readonly total: number;
  readonly outcome?: MessageBatchOutcome;
}
