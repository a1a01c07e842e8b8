import { looksAtAnswers, outcomeOf, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { mayBeHollow } from './json-text.ts';
import { LineBlock } from './line-block.ts';
import { endOfLine, LineScanner, type KnownShape } from './line-scanner.ts';
import { layoutsOf, parseResultLine, type LineReading } from './parse.ts';
import { ResultFiles } from './result-files.ts';
import type { BatchResult } from './result.ts';
import { windowsOf } from './window-scanner.ts';

/** How a line was judged, apart from what it says. */
export type LineOutcome = Pick<Outcome, 'status' | 'reason'>;

/**
 * The outcomes of all result lines of some files, in order, a block of lines at a time; what is no result is left out. Lines in a known
 * layout are judged by their shape, which is judged once: only the others are parsed, or all where rules look at answers.
 */
export async function* outcomesIn(paths: readonly string[], reading: LineReading, rules: OutcomeRules): AsyncGenerator<LineOutcome[], void, undefined> {
  const files = new ResultFiles(paths);
  const judge = new LineJudge(reading, rules);
  try {
    for (let file = 0; file < files.count; file += 1) {
      for await (const block of files.blocks(file)) for (const window of windowsOf(block)) yield judge.judge(window);
    }
  } finally {
    files.close();
  }
}

class LineJudge {
  readonly #reading: LineReading;
  readonly #rules: OutcomeRules;
  readonly #looksAtAnswers: boolean;
  readonly #scanner: LineScanner;
  /** By the number of the shape. */
  readonly #shapes: LineOutcome[] = [];

  constructor(reading: LineReading, rules: OutcomeRules) {
    this.#reading = reading;
    this.#rules = rules;
    this.#looksAtAnswers = looksAtAnswers(rules);
    this.#scanner = new LineScanner(layoutsOf(reading));
  }

  judge(bytes: Buffer): LineOutcome[] {
    const block = this.#looksAtAnswers ? undefined : new LineBlock(bytes);
    const outcomes: LineOutcome[] = [];
    for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
      end = endOfLine(bytes, at);
      const outcome = (block === undefined ? undefined : this.#scanned(block, at)) ?? this.#parsed(bytes.subarray(at, end));
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return outcomes;
  }

  #scanned(block: LineBlock, at: number): LineOutcome | undefined {
    const line = this.#scanner.scanIn(block, at);
    if (line === undefined) return undefined;
    const shape = this.#scanner.shapes[line.shape] as KnownShape; // it was just matched
    const start = at + line.spanStart;
    if (shape.answer.text !== undefined && mayBeHollow(block.text?.slice(start, start + line.spanLength) ?? '')) return undefined;
    return (this.#shapes[line.shape] ??= outcomeOfShape(shape));
  }

  #parsed(bytes: Buffer): LineOutcome | undefined {
    const parsed = parseResultLine(bytes, this.#reading.parseResult);
    if (parsed.kind !== 'result') return undefined;
    this.#scanner.learn(bytes, parsed.result);
    return outcomeOf(parsed.result, { ...this.#rules, customId: parsed.result.customId });
  }
}

function outcomeOfResult(result: BatchResult): Outcome {
  return outcomeOf(result, { customId: result.customId });
}

/** The outcome of the lines of a shape, with whatever text that is not empty. */
export function outcomeOfShape({ answer }: KnownShape): Outcome {
  return outcomeOfResult({ kind: 'answered', customId: '', answer: { ...answer, ...(answer.text === undefined ? {} : { text: 'any' }) }, body: {} });
}
