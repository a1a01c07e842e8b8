import type { MillraceError } from '../errors.ts';
import type { OutcomeRules } from '../join/outcome.ts';
import type { BatchEntry, Ledger, ShardEntry, ShardState } from '../ledger/ledger.ts';
import type { PlacedProblem } from '../lint/place.ts';
import type { Provider } from '../providers/provider.ts';
import type { Storage } from '../storage/storage.ts';
import type { Admission } from './admit.ts';
import type { BudgetGate } from './budget.ts';
import type { Clock } from './clock.ts';
import type { HintSource } from './hints.ts';

/** What changed, told while a run goes on. */
export type WorkEvent =
  | { readonly type: 'shard'; readonly shard: ShardEntry; readonly state: ShardState; readonly batch?: BatchEntry; readonly problems?: readonly PlacedProblem[] }
  | { readonly type: 'surplus'; readonly shard: ShardEntry; readonly batchId: string }
  /** Bytes of results came in. */
  | { readonly type: 'received'; readonly bytes: number }
  /** Nothing can be done before then, in Unix milliseconds. */
  | { readonly type: 'waiting'; readonly until: number }
  | { readonly type: 'delayed'; readonly shard: number; readonly error: MillraceError; readonly waitMs: number };

/** Everything a step on a shard needs: the same for one process or many. */
export interface Work {
  readonly provider: Provider;
  readonly ledger: Ledger;
  readonly storage: Storage;
  readonly clock: Clock;
  /** Id of the run, sent as batch metadata. */
  readonly runId: string;
  /** Start of the run's wire ids, for providers without metadata; left out where another tool made the batches. */
  readonly tag?: string;
  /** Longest pause between two looks at a batch, in milliseconds. */
  readonly pollIntervalMs: number;
  /** How long a batch that is not in the provider's list is still believed to exist, in milliseconds. */
  readonly absenceMs: number;
  /** Pause between two looks at results that seem to lack something, in milliseconds: files and their ids may come late (litellm met late ids). */
  readonly graceMs: number;
  /** Shards whose create call is under way in this process, with their number of requests. */
  readonly creating: Map<number, number>;
  /** Sends single requests, so many at a time as calls may be under way. */
  readonly sendLimit: <Result>(send: () => Promise<Result>) => Promise<Result>;
  /** Runs one settlement of a lost answer after the other, so that two shards never adopt the same batch. */
  readonly oneAtATime: <Result>(settle: () => Promise<Result>) => Promise<Result>;
  /** What may wait at the provider at a time. */
  readonly admission: Admission;
  /** What may be spent; left out where there is no limit. */
  readonly budget?: BudgetGate;
  /** Whether to stop when nearly all of a shard fails for one reason. */
  readonly breaksCircuit: boolean;
  /** True while the first few records are sent ahead: then even a small shard is telling. */
  readonly isCanary: boolean;
  /** How answers are judged, as far as that needs no record: a schema that no answer fits is a reason to stop too. */
  readonly rules: Pick<OutcomeRules, 'schema' | 'stripFences' | 'parseJson'>;
  readonly completionWindow?: string;
  /** Says which batches may have changed, so that they are looked at sooner. */
  readonly hints?: HintSource;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: WorkEvent) => void;
}

/** What a step left behind: the shard's state, and how long nothing need be done for it. */
export interface StepEnd {
  readonly state: ShardState;
  readonly waitMs: number;
  /** No call was made: there was no room in the queue. */
  readonly isIdle?: true;
}
