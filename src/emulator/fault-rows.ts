import { RUN, type ArmedRule } from './armed-rule.ts';
import type { RowAction } from './fault-actions.ts';
import type { AnyBatch, FaultBatches, ProviderName } from './fault-batches.ts';
import type { Ending } from './lifecycle.ts';

/** The texts that a row's lines are made of. */
export interface RowTexts {
  readonly line: string;
  /** The line of another answer to the same request. */
  other(): string;
  /** A line with a custom_id that nobody sent. */
  orphan(): string;
  /** The line with `status_code: 0`, where the provider has such. */
  zero(): string;
}

/** What the rules do to the rows of one batch, while it is worked through. */
export class RowFaults {
  readonly #rules: readonly ArmedRule[];
  readonly #attemptOf: (customId: string) => number;
  #toLose: number;

  constructor(rules: readonly ArmedRule[], attemptOf: (customId: string) => number, ending: Ending) {
    this.#rules = rules;
    this.#attemptOf = attemptOf;
    this.#toLose = ending === 'cancelled' ? rules.reduce((sum, { action }) => sum + (action.kind === 'lose' ? action.rows : 0), 0) : 0;
  }

  /** The bytes that its result files lack at their end. */
  get cutBytes(): number {
    return this.#rules.reduce((sum, rule) => (rule.action.kind === 'cut' ? sum + rule.action.bytes : sum), 0);
  }

  /** What befalls a row that was executed. @param row the number of its line, from 1 */
  actionsFor(row: number, customId: string): readonly RowAction[] {
    if (this.#rules.length === 0) return [];
    const attempt = this.#attemptOf(customId);
    // Rules on rows have such actions.
    return this.#rules.filter((rule) => this.#takes(rule, row, customId, attempt)).map(({ action }) => action as RowAction);
  }

  #takes(rule: ArmedRule, row: number, customId: string, attempt: number): boolean {
    if (rule.action.kind === 'cut' || (rule.action.kind === 'lose' && this.#toLose === 0)) return false;
    if (!rule.takesRow(row, customId, attempt)) return false;
    if (rule.action.kind === 'lose') this.#toLose -= 1;
    rule.hit();
    return true;
  }
}

/** The rules on rows that act on a batch. */
export function rowRules(rules: readonly ArmedRule[], batches: FaultBatches, provider: ProviderName, batch: AnyBatch): ArmedRule[] {
  const acting = rules.filter((rule) => rule.on === 'row' && batches.takes(rule, `${provider}.${RUN}`, batch));
  for (const rule of acting) if (rule.action.kind === 'cut') rule.hit();
  return acting;
}

/** The lines that stand in the result file for a row. */
export function linesFor(texts: RowTexts, actions: readonly RowAction[]): readonly string[] {
  let lines = [texts.line];
  for (const action of actions) lines = changedLines(lines, action, texts);
  return lines;
}

function changedLines(lines: readonly string[], action: RowAction, texts: RowTexts): string[] {
  switch (action.kind) {
    case 'missing':
    case 'lose': return [];
    case 'duplicate': return [...lines, action.answer === 'equal' ? texts.line : texts.other()];
    case 'orphan': return [...lines, texts.orphan()];
    case 'zero': return [texts.zero(), ...lines.slice(1)];
    case 'malformed': return lines.map((line) => line.slice(0, Math.ceil(line.length / 2)));
    case 'blank': return [...lines, ''];
    case 'crlf': return lines.map((line) => `${line}\r`);
    case 'long': return lines.map((line) => line.replace('{', `{${' '.repeat(action.bytes)}`));
    default: return [...lines];
  }
}
