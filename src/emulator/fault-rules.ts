import type { FaultAction } from './fault-actions.ts';

/**
 * What goes wrong, and where. Durations inside actions (`forMs`) are those of a provider's pace: the emulator's `speed` divides them.
 *
 * @example
 * { route: 'openai.batches.create', nth: 1, action: { kind: 'reset', at: 'after' } }
 */
export interface FaultRule {
  /**
   * Name of a route, such as `openai.batches.create`; `*` stands for any part of it. What batches and their rows do has the names
   * `openai.batches.run` and `anthropic.batches.run`. @default every route
   */
  readonly route?: string;
  /**
   * The nth batch of its provider, from 1: of the directory for rules the emulator starts with, of those made since for rules
   * set later. A create call belongs to no batch yet; count it by `nth`.
   */
  readonly batch?: number;
  /** The nth call, from 1, of those that match, since the rule was set; or several. Actions on calls only. */
  readonly nth?: number | readonly number[];
  /** Acts on so many calls at most. Actions on calls only. */
  readonly times?: number;
  /** The line of the batch's input, from 1; or several. Actions on rows only. */
  readonly row?: number | readonly number[];
  /** Acts while a custom_id is executed for the first so many times. Actions on rows only. */
  readonly attempts?: number;
  /**
   * How likely it acts on each call, batch, or row and attempt: 0 to 1. Decided by a hash of the emulator's seed, the rule's position
   * and the number of the call, the number of the batch, or the custom_id and the attempt: the same script gives the same faults.
   */
  readonly probability?: number;
  readonly action: FaultAction;
}

/** A rule, or its text; see `parseFault`. */
export type Fault = FaultRule | string;
