import { fileOf } from '../batches/sent-records.ts';
import type { Outcome } from '../join/outcome.ts';
import type { Attempt } from '../join/walk.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import { CostMeter } from '../report/cost-meter.ts';
import { ReportBuilder, type ReportFacts, type RunReport } from '../report/report.ts';
import type { SpooledRecord } from '../shards/stretch.ts';
import { costOfRun, priceAttempts, priceSaved, type AttemptCosts } from './attempt-costs.ts';
import type { RunCosts } from './costs.ts';
import { addExample, savesRequests } from './facts.ts';

/** Adds up what a walk over the records of a run finds. Outcomes are counted by whoever walks, in `report`. */
export class RunTally {
  readonly report = new ReportBuilder();
  /** Of all that was paid for. */
  readonly meter: CostMeter;
  readonly #saved: CostMeter;
  readonly #entry: RunEntry;
  readonly #costs: RunCosts;
  readonly #file: ReturnType<typeof fileOf>;

  constructor(entry: RunEntry, costs: RunCosts) {
    this.meter = new CostMeter(costs.find);
    this.#saved = new CostMeter(costs.find);
    this.#entry = entry;
    this.#costs = costs;
    this.#file = fileOf(entry);
  }

  /** Counts the attempts at a record, all but the tokens of the one that counts: those are counted with its outcome. @returns what each cost */
  addAttempts(attempts: readonly Attempt[], chosen: Outcome, record: SpooledRecord): AttemptCosts {
    this.#addUsage(attempts, chosen);
    addExample(this.report, chosen, attempts, record, this.#file);
    priceSaved(chosen, attempts[0]?.shard.model, this.#saved);
    return priceAttempts(attempts, this.meter);
  }

  /** Counts the attempts at a record that has no outcome yet: whatever was answered is paid for. @param ended those of shards that have ended */
  addUnsettled(attempts: readonly Attempt[], ended: readonly Attempt[]): void {
    this.#addUsage(attempts);
    priceAttempts(ended, this.meter);
  }

  /** The report of the run. @param facts from its ledger; without `records` those that were counted are all */
  async finish(facts: ReportFacts): Promise<RunReport> {
    const isThrifty = savesRequests(this.#entry);
    return this.report.build({ ...facts, isThrifty, cost: await costOfRun(this.meter, this.#costs, isThrifty ? this.#saved : undefined) });
  }

  #addUsage(attempts: readonly Attempt[], except?: Outcome): void {
    for (const { outcome } of attempts) if (outcome !== except && outcome.origin === undefined && outcome.usage) this.report.addUsage(outcome.usage);
  }
}
