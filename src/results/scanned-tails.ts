import { resultColumns } from '../join/columns.ts';
import { outcomeOf, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { ByteCells, jsonOf, jsonOfString } from './byte-cells.ts';
import { mayBeHollow } from './json-text.ts';
import type { ScannedLine } from './line-scanner.ts';
import type { Answer } from './result.ts';
import type { CellsFormat, TailFormat } from './tails.ts';

/** What the lines of one shape have in common. */
export type Judgment = Pick<Outcome, 'status' | 'reason' | 'finishReason'>;

/** Prints the tails of scanned lines, piece by piece, exactly as {@link tailPrinter} prints those of their outcomes. */
export interface ScannedTails {
  /** What a line is judged to be; `undefined` where only its parsed form tells. */
  judge(line: ScannedLine): Judgment | undefined;
  /** The tail, in byte text. @param customId the user's id, in byte text */
  print(line: ScannedLine, judgment: Judgment, customId: string): string;
}

/** Makes the printer of a format; `undefined` where rules or columns ask for more than a scanned line tells. */
export function scannedTails(format: TailFormat, rules: OutcomeRules): ScannedTails | undefined {
  const { check, parseJson = false, stripFences = false, body = false } = rules;
  if (check !== undefined || parseJson || stripFences || body) return undefined;
  if (format.kind === 'object') return new ObjectTails(format.before ?? '', format.after ?? '');
  return hasPlainColumns(format) ? new CellTails(format) : undefined;
}

/** The columns that every table has, and behind them none but those of other kinds of answers. */
function hasPlainColumns({ columns, delimiter }: CellsFormat): boolean {
  const standard = resultColumns();
  const others = columns.slice(standard.length);
  const isOrdered = standard.every((column, position) => columns[position] === column);
  return isOrdered && others.every((column) => column === 'tool_calls' || column === 'embedding' || column === 'output') && /^[\t -~]$/.test(delimiter);
}

/** Judges the shape once, and of each line only whether it has a text at all. */
class ShapeJudge {
  readonly #judgments = new WeakMap<Answer, Judgment>();

  judge(line: ScannedLine): Judgment | undefined {
    const { answer, text } = line;
    if (text !== undefined && mayBeHollow(text)) return undefined;
    let judgment = this.#judgments.get(answer);
    if (judgment === undefined) {
      judgment = judgmentOf(text === undefined ? answer : { ...answer, text: 'any' });
      this.#judgments.set(answer, judgment);
    }
    return judgment;
  }
}

function judgmentOf(answer: Answer): Judgment {
  const { status, reason, finishReason } = outcomeOf({ kind: 'answered', customId: '', answer, body: {} }, { customId: '' });
  return { status, ...(reason === undefined ? {} : { reason }), ...(finishReason === undefined ? {} : { finishReason }) };
}

class CellTails extends ShapeJudge implements ScannedTails {
  readonly #cells: ByteCells;
  readonly #delimiter: string;
  readonly #before: string;
  readonly #behind: string;
  readonly #others: CellsFormat['columns'];

  constructor({ columns, delimiter, before = '', after = '' }: CellsFormat) {
    super();
    this.#cells = new ByteCells(delimiter);
    this.#delimiter = delimiter;
    this.#before = before;
    this.#others = columns.slice(resultColumns().length);
    this.#behind = after;
  }

  print(line: ScannedLine, judgment: Judgment, customId: string): string {
    const cells = this.#cells;
    const delimiter = this.#delimiter;
    const { text, model, hasUsage } = line;
    const { status, reason = '', finishReason = '' } = judgment;
    return (
      this.#before + status + delimiter + reason + delimiter + (text === undefined ? '' : cells.cellOfString(text)) +
      delimiter + finishReason + delimiter + (model === undefined ? '' : cells.cell(model)) +
      delimiter + (hasUsage ? line.inputTokens + delimiter + line.outputTokens : delimiter) +
      delimiter + cells.cell(customId) + this.#otherCells(line) + this.#behind
    );
  }

  #otherCells({ embedding }: ScannedLine): string {
    let cells = '';
    for (const column of this.#others) cells += this.#delimiter + (column === 'embedding' && embedding !== undefined ? this.#cells.cellOfNumbers(embedding) : '');
    return cells;
  }
}

class ObjectTails extends ShapeJudge implements ScannedTails {
  readonly #before: string;
  readonly #after: string;

  constructor(before: string, after: string) {
    super();
    this.#before = before;
    this.#after = after;
  }

  print(line: ScannedLine, { status, reason, finishReason }: Judgment, customId: string): string {
    const { text, model, embedding, hasUsage } = line;
    return (
      `${this.#before}{"status":"${status}"` +
      (reason === undefined ? '' : `,"reason":"${reason}"`) +
      (text === undefined ? '' : `,"text":${jsonOfString(text)}`) +
      (embedding === undefined ? '' : `,"embedding":${embedding}`) +
      (finishReason === undefined ? '' : `,"finishReason":"${finishReason}"`) +
      (model === undefined ? '' : `,"model":"${model}"`) +
      (hasUsage ? `,"usage":${usageObject(line)}` : '') +
      `,"customId":${jsonOf(customId)}}${this.#after}`
    );
  }
}

/** The counts in the order in which `parseResult` gives them. */
function usageObject({ inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens }: ScannedLine): string {
  let usage = `{"inputTokens":${inputTokens},"outputTokens":${outputTokens}`;
  if (cachedTokens !== undefined) usage += `,"cachedInputTokens":${cachedTokens}`;
  if (cacheWriteTokens !== undefined) usage += `,"cacheWriteTokens":${cacheWriteTokens}`;
  if (reasoningTokens !== undefined) usage += `,"reasoningTokens":${reasoningTokens}`;
  return `${usage}}`;
}
