import type { FaultAction } from './fault-actions.ts';
import { actionForms, type ActionForm } from './fault-fields.ts';
import type { FaultRule } from './fault-rules.ts';
import { seedOf } from './random.ts';

/** The route that stands for what a batch does by itself, of either provider: `openai.batches.run`. */
export const RUN = 'batches.run';

/** Whether a route is the one meant, or begins like it where it ends in `*`; `*` may also stand in front: `*.batches.create`. */
export function routeMatches(pattern: string | undefined, route: string): boolean {
  if (pattern === undefined) return true;
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === route;
  const [start = '', end = ''] = [parts[0], parts.at(-1)];
  const middle = parts.slice(1, -1);
  if (!route.startsWith(start) || !route.endsWith(end) || route.length < start.length + end.length) return false;
  return middle.every((part) => route.includes(part));
}

function includes(wanted: number | readonly number[] | undefined, number: number): boolean {
  return wanted === undefined || (typeof wanted === 'number' ? wanted === number : wanted.includes(number));
}

/** A rule in force, with what it has counted. */
export class ArmedRule {
  readonly rule: FaultRule;
  readonly on: ActionForm['on'];
  readonly #seed: number;
  readonly #position: number;
  readonly #hidden = new Map<string, number>();
  #calls = 0;
  #hits = 0;

  /** @param position of the rule among the rules, from 0 */
  constructor(rule: FaultRule, position: number, seed: number) {
    this.rule = rule;
    this.on = actionForms[rule.action.kind].on;
    this.#position = position;
    this.#seed = seed;
  }

  get action(): FaultAction {
    return this.rule.action;
  }

  /** How often it acted. */
  get hits(): number {
    return this.#hits;
  }

  hit(): void {
    this.#hits += 1;
  }

  /** Counts a call that matches. @returns whether the rule may act on it */
  takesCall(): boolean {
    this.#calls += 1;
    const { nth, times } = this.rule;
    return includes(nth, this.#calls) && this.#hits < (times ?? Infinity) && this.chance('call', this.#calls);
  }

  /** Whether it acts on the line `row` of a batch, in that attempt. */
  takesRow(row: number, customId: string, attempt: number): boolean {
    return includes(this.rule.row, row) && attempt <= (this.rule.attempts ?? Infinity) && this.chance('row', customId, attempt);
  }

  /** Whether its probability has it act: the same for the same parts. */
  chance(...parts: (string | number)[]): boolean {
    const { probability = 1 } = this.rule;
    return probability === 1 || seedOf(this.#seed, 'fault', this.#position, ...parts) / 4_294_967_296 < probability;
  }

  /** Counts a call from which a batch is to be hidden. @returns the number of that call, from 1 */
  countHidden(batchId: string): number {
    const count = (this.#hidden.get(batchId) ?? 0) + 1;
    this.#hidden.set(batchId, count);
    return count;
  }
}
