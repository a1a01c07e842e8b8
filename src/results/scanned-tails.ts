import { resultColumns } from '../join/columns.ts';
import { looksAtAnswers, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { ByteCells, jsonOf, jsonOfString } from './byte-cells.ts';
import { toByteText } from './byte-text.ts';
import { mayBeHollow } from './json-text.ts';
import { outcomeOfShape } from './line-outcomes.ts';
import type { KnownShape, TokenCounts } from './line-scanner.ts';
import type { CellsFormat, ObjectFormat, TailFormat } from './tails.ts';

/** What the lines of one shape have in common, as it is printed. */
export interface ShapeTail {
  /** The outcome of a line whose text is not empty: status, reason and model. */
  readonly outcome: Pick<Outcome, 'status' | 'reason' | 'model'>;
  readonly hasText: boolean;
  readonly hasEmbedding: boolean;
  readonly hasUsage: boolean;
  /** The tail up to the span, and from there on to the counts. */
  readonly beforeSpan: string;
  readonly behindSpan: string;
}

/** Prints the tails of scanned lines from constant pieces, exactly as `tailPrinter` prints those of their outcomes. */
export interface ScannedTails {
  shapeTail(shape: KnownShape): ShapeTail;
  /** The tail of a line without a vector up to the id, in byte text. @param span the inside of its text */
  head(shape: ShapeTail, span: string, counts: TokenCounts): string;
  /** The rest of it. @param customId the user's id, in byte text */
  foot(customId: string): string;
  /** What stands around the vector in the tail of a line that has one. @param vector its bytes */
  around(shape: ShapeTail, vector: Buffer, counts: TokenCounts, customId: string): readonly [head: string, foot: string];
}

/** Makes the printer of a format; `undefined` where rules or columns ask for more than a scanned line tells. */
export function scannedTails(format: TailFormat, rules: OutcomeRules): ScannedTails | undefined {
  if (looksAtAnswers(rules) || rules.body === true) return undefined;
  if (format.kind === 'object') return new ObjectTails(format);
  return hasPlainColumns(format) ? new CellTails(format) : undefined;
}

/** True where a text may be none: the whole line tells what that makes of the outcome. */
export function mustBeParsed({ hasText }: ShapeTail, span: string): boolean {
  return hasText && mayBeHollow(span);
}

/** The columns that every table has, and behind them none but those of other kinds of answers. */
function hasPlainColumns({ columns, delimiter }: CellsFormat): boolean {
  const standard = resultColumns();
  const others = columns.slice(standard.length);
  const isOrdered = standard.every((column, position) => columns[position] === column);
  return isOrdered && others.every((column) => column === 'tool_calls' || column === 'embedding' || column === 'output') && /^[\t -~]$/.test(delimiter);
}

function commonOf(shape: KnownShape): Omit<ShapeTail, 'beforeSpan' | 'behindSpan'> & { readonly finishReason: string | undefined } {
  const { answer } = shape;
  const { status, reason, model, finishReason } = outcomeOfShape(shape);
  return {
    outcome: { status, ...(reason === undefined ? {} : { reason }), ...(model === undefined ? {} : { model }) },
    hasText: answer.text !== undefined,
    hasEmbedding: answer.embedding !== undefined,
    hasUsage: answer.usage !== undefined,
    finishReason,
  };
}

class CellTails implements ScannedTails {
  readonly #cells: ByteCells;
  readonly #delimiter: string;
  readonly #before: string;
  readonly #after: string;
  readonly #others: CellsFormat['columns'];
  /** What stands behind the id where there is no vector. */
  readonly #end: string;

  constructor({ columns, delimiter, before = '', after = '' }: CellsFormat) {
    this.#cells = new ByteCells(delimiter);
    this.#delimiter = delimiter;
    this.#before = before;
    this.#after = after;
    this.#others = columns.slice(resultColumns().length);
    this.#end = delimiter.repeat(this.#others.length) + after;
  }

  shapeTail(shape: KnownShape): ShapeTail {
    const { finishReason = '', ...common } = commonOf(shape);
    const { status, reason = '', model = '' } = common.outcome;
    const d = this.#delimiter;
    return { ...common, beforeSpan: this.#before + status + d + reason + d, behindSpan: d + finishReason + d + this.#cells.cell(toByteText(model)) + d };
  }

  head({ hasText, hasUsage, beforeSpan, behindSpan }: ShapeTail, span: string, { inputTokens, outputTokens }: TokenCounts): string {
    const delimiter = this.#delimiter;
    let cells = beforeSpan;
    if (hasText) cells += this.#cells.cellOfString(span);
    cells += behindSpan;
    if (hasUsage) return cells + Math.max(0, inputTokens) + delimiter + Math.max(0, outputTokens) + delimiter;
    return cells + delimiter + delimiter;
  }

  foot(customId: string): string {
    return this.#cells.cell(customId) + this.#end;
  }

  around(shape: ShapeTail, vector: Buffer, counts: TokenCounts, customId: string): readonly [string, string] {
    const delimiter = this.#delimiter;
    // Nothing in a list of numbers needs quotes but a delimiter or a carriage return.
    const quote = vector.includes(delimiter) || vector.includes('\r') ? '"' : '';
    const place = this.#others.indexOf('embedding');
    const head = this.head(shape, '', counts) + this.#cells.cell(customId) + delimiter.repeat(place + 1) + quote;
    return [head, quote + delimiter.repeat(this.#others.length - place - 1) + this.#after];
  }
}

/** The tails of JSON objects. */
export class ObjectTails implements ScannedTails {
  readonly #before: string;
  readonly #after: string;

  constructor({ before = '', after = '' }: ObjectFormat) {
    this.#before = before;
    this.#after = after;
  }

  shapeTail(shape: KnownShape): ShapeTail {
    const { finishReason, ...common } = commonOf(shape);
    const { status, reason, model } = common.outcome;
    const span = common.hasText ? ',"text":' : common.hasEmbedding ? ',"embedding":' : '';
    return {
      ...common,
      beforeSpan: `${this.#before}{"status":"${status}"${reason === undefined ? '' : `,"reason":"${reason}"`}${span}`,
      behindSpan: (finishReason === undefined ? '' : `,"finishReason":"${finishReason}"`) + (model === undefined ? '' : `,"model":${jsonOf(toByteText(model))}`),
    };
  }

  head(shape: ShapeTail, span: string, counts: TokenCounts): string {
    return shape.beforeSpan + (shape.hasText ? jsonOfString(span) : '') + this.#behind(shape, counts);
  }

  foot(customId: string): string {
    return `${jsonOf(customId)}}${this.#after}`;
  }

  around(shape: ShapeTail, _vector: Buffer, counts: TokenCounts, customId: string): readonly [string, string] {
    return [shape.beforeSpan, this.#behind(shape, counts) + this.foot(customId)];
  }

  /** What stands between the span and the id. */
  #behind({ hasUsage, behindSpan }: ShapeTail, counts: TokenCounts): string {
    return hasUsage ? `${behindSpan},"usage":${usageObject(counts)},"customId":` : `${behindSpan},"customId":`;
  }
}

/** The counts in the order in which `parseResult` gives them. */
function usageObject({ inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens }: TokenCounts): string {
  let usage = `{"inputTokens":${Math.max(0, inputTokens)},"outputTokens":${Math.max(0, outputTokens)}`;
  if (cachedTokens >= 0) usage += `,"cachedInputTokens":${cachedTokens}`;
  if (cacheWriteTokens >= 0) usage += `,"cacheWriteTokens":${cacheWriteTokens}`;
  if (reasoningTokens >= 0) usage += `,"reasoningTokens":${reasoningTokens}`;
  return `${usage}}`;
}
