import { RUN, type ArmedRule } from './armed-rule.ts';
import type { ActionOf, CourseAction } from './fault-actions.ts';
import type { AnyBatch, FaultBatches, ProviderName } from './fault-batches.ts';
import { ApiFailure } from './failure.ts';
import { nominalMs } from './lifecycle.ts';
import type { StoredBatch, StoredMessageBatch, Problem } from './stored.ts';

const HOUR_MS = 3_600_000;
/** Short of all rows and of none, which would be another ending. */
const MOST = 0.999_999;
const LEAST = 0.000_001;

const usualMessages: Readonly<Record<string, string>> = {
  invalid_request: 'The input file was not found, is not accessible, or does not have the purpose `batch`.',
  invalid_json_line: 'This line is not parseable as valid JSON.',
};

/** What waits, with the batch in question: prompt tokens of its model, batches. */
export interface Queued {
  readonly tokens: number;
  readonly batches: number;
}

function refusal(message: string, retryAfter?: number): ApiFailure {
  return new ApiFailure(429, message, retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } });
}

/** How faults change what batches do. */
export class CourseFaults {
  readonly #batches: FaultBatches;
  readonly #speed: number;
  readonly #rules: () => readonly ArmedRule[];

  constructor(batches: FaultBatches, speed: number, rules: () => readonly ArmedRule[]) {
    this.#batches = batches;
    this.#speed = speed;
    this.#rules = rules;
  }

  /**
   * A new batch with the times that the rules give it: kept with it, so that a restart finds the same course.
   * @throws ApiFailure 429 where it may not be created
   */
  planned<Batch extends AnyBatch>(provider: ProviderName, batch: Batch): Batch {
    let planned = batch;
    for (const { rule, action } of this.#acting(provider, batch)) {
      const changes = this.#changes(provider, planned, action);
      if (changes instanceof ApiFailure || Object.keys(changes).length > 0) rule.hit();
      if (changes instanceof ApiFailure) throw changes;
      planned = { ...planned, ...changes };
    }
    return planned;
  }

  /** What validation finds beside what is in the file. */
  problemOf(batch: StoredBatch): Problem | undefined {
    for (const { rule, action } of this.#acting('openai', batch)) {
      if (action.kind !== 'fail') continue;
      rule.hit();
      const { code, param = null, line = null, message = usualMessages[code] ?? 'This batch was made to fail.' } = action;
      return { code, message, param, line };
    }
    return undefined;
  }

  /**
   * Whether more waits than may.
   * @returns the tokens that may wait, for the message to name; `undefined` if the batch may go on
   */
  queueLimit(batch: StoredBatch, queued: Queued): number | undefined {
    for (const { rule, action } of this.#acting('openai', batch)) {
      if (action.kind !== 'queue') continue;
      const { tokens = Infinity, batches = Infinity } = action;
      if (queued.tokens <= tokens && queued.batches <= batches) continue;
      rule.hit();
      return Math.min(tokens, queued.tokens);
    }
    return undefined;
  }

  *#acting(provider: ProviderName, batch: AnyBatch): Generator<{ readonly rule: ArmedRule; readonly action: CourseAction }> {
    for (const rule of this.#rules()) {
      if (rule.on !== 'course' || !this.#batches.takes(rule, `${provider}.${RUN}`, batch)) continue;
      // A rule on the course of batches has such an action.
      yield { rule, action: rule.action as CourseAction };
    }
  }

  #changes(provider: ProviderName, batch: AnyBatch, action: CourseAction): Partial<AnyBatch> | ApiFailure {
    const { createdAt, validatingMs, workMs, finalizingMs } = batch;
    switch (action.kind) {
      case 'expire':
        return { workMs: (nominalMs.window - validatingMs) / Math.min(MOST, Math.max(LEAST, action.share)) };
      case 'cancel':
        return { cancelRequestedAt: createdAt + (validatingMs + workMs * Math.min(MOST, action.share)) / this.#speed };
      case 'stuck':
        if (action.stage === 'validating') return provider === 'openai' ? { validatingMs: validatingMs + action.forMs } : {};
        return action.stage === 'in_progress' ? { workMs: workMs + action.forMs } : { finalizingMs: finalizingMs + action.forMs };
      case 'hourly':
        return this.#hourRefusal(provider, batch, action.batches) ?? {};
      case 'queue':
        return 'total' in batch ? (this.#queueRefusal(batch, action) ?? {}) : {};
      case 'fail':
        return {};
    }
  }

  #hourRefusal(provider: ProviderName, { account, createdAt }: AnyBatch, most: number): ApiFailure | undefined {
    const hour = HOUR_MS / this.#speed;
    const recent = this.#batches.all(provider).filter((other) => other.account === account && other.createdAt > createdAt - hour);
    if (recent.length < most) return undefined;
    const oldest = recent[most - 1]?.createdAt ?? createdAt;
    return refusal(`You may create ${most} batches per hour. Please try again later.`, Math.ceil((oldest + hour - createdAt) / 1000));
  }

  #queueRefusal({ account, createdAt, total }: StoredMessageBatch, { requests = Infinity, batches = Infinity }: ActionOf<'queue'>): ApiFailure | undefined {
    const waiting = this.#batches.all('anthropic').filter((other): other is StoredMessageBatch => other.account === account && isWaiting(other, createdAt));
    const queued = waiting.reduce((sum, other) => sum + other.total, total);
    if (queued > requests) return refusal(`This batch would exceed the limit of ${requests} batch requests in the processing queue.`);
    return waiting.length + 1 > batches ? refusal(`This batch would exceed the limit of ${batches} batches in the processing queue.`) : undefined;
  }
}

function isWaiting({ outcome }: AnyBatch, now: number): boolean {
  return outcome === undefined || outcome.at > now;
}
