import { InputError } from '../errors.ts';
import { ArmedRule, routeMatches, RUN } from './armed-rule.ts';
import { Attempts } from './attempts.ts';
import type { Executions } from './executions.ts';
import { FaultBatches, type AnyBatch, type ProviderName } from './fault-batches.ts';
import { CallFaults } from './fault-calls.ts';
import { CourseFaults } from './fault-course.ts';
import { RowFaults, rowRules } from './fault-rows.ts';
import type { Fault, FaultRule } from './fault-rules.ts';
import { faultsFrom } from './fault-text.ts';
import type { Ending } from './lifecycle.ts';
import type { Settings } from './options.ts';
import type { Store } from './store.ts';

/** A rule in force, and how often it has acted. */
export interface FaultHits {
  readonly rule: FaultRule;
  readonly hits: number;
}

function checkRoute({ route, action }: FaultRule, on: ArmedRule['on'], routes: readonly string[]): void {
  const known = on === 'call' || on === 'view' ? routes : [`openai.${RUN}`, `anthropic.${RUN}`];
  if (known.some((name) => routeMatches(route, name))) return;
  throw new InputError('invalid_option', `Fault \`${action.kind}\`: there is no route \`${route ?? ''}\` for it; known are ${known.join(', ')}.`);
}

/** The rules in force, and the places where they act: on calls, on what batches do, on rows. */
export class Faults {
  readonly calls: CallFaults;
  readonly course: CourseFaults;
  readonly #settings: Pick<Settings, 'seed'>;
  readonly #executions: Executions;
  readonly #batches: FaultBatches;
  #rules: readonly ArmedRule[] = [];
  #attempts: Attempts;

  constructor(settings: Pick<Settings, 'seed' | 'now' | 'speed'>, store: Store, executions: Executions) {
    this.#settings = settings;
    this.#executions = executions;
    this.#batches = new FaultBatches(store);
    this.#attempts = this.#newAttempts();
    this.calls = new CallFaults(this.#batches, settings, () => this.#rules);
    this.course = new CourseFaults(this.#batches, settings.speed, () => this.#rules);
  }

  /**
   * Puts rules in the place of those in force; all counts begin anew.
   * @param routes names of the routes there are
   * @throws InputError `invalid_option`
   */
  set(faults: readonly Fault[], routes: readonly string[]): void {
    const rules = faultsFrom(faults).map((rule, position) => new ArmedRule(rule, position, this.#settings.seed));
    for (const { rule, on } of rules) checkRoute(rule, on, routes);
    this.#rules = rules;
    this.#attempts = this.#newAttempts();
  }

  /** Batches and attempts are counted from here on. */
  countFromNow(): void {
    this.#batches.countFromNow();
  }

  hits(): FaultHits[] {
    return this.#rules.map(({ rule, hits }) => ({ rule, hits }));
  }

  /** What happens to the rows of a batch. @param ending how the batch ends */
  async rowsOf(provider: ProviderName, batch: AnyBatch, ending: Ending): Promise<RowFaults> {
    const rules = rowRules(this.#rules, this.#batches, provider, batch);
    const attemptOf = rules.length === 0 ? () => 1 : await this.#attempts.forBatch(batch.id);
    return new RowFaults(rules, attemptOf, ending);
  }

  #newAttempts(): Attempts {
    return new Attempts(this.#executions, (batchId) => this.#batches.counts(batchId));
  }
}
