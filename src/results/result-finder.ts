import { toIdText } from './byte-text.ts';
import type { KnownShape } from './line-scanner.ts';
import { answerIn } from './scanned-result.ts';
import { metByAnyone } from './line-table.ts';
import type { ResultIndex } from './result-index.ts';
import type { BatchResult } from './result.ts';
import { ObjectTails, type ScannedTails } from './scanned-tails.ts';
import { TailBlocks } from './tail-blocks.ts';

/** What of results is looked at. */
export interface ResultFinderOptions {
  /** Whether anybody looks at bodies: without, results need not be parsed, and have none. @default false */
  readonly body?: boolean;
}

/**
 * Finds results as objects. Fast where bodies are not wanted: the text of an answer stands in the line, and the index knows all else of it,
 * so that most lines are not parsed; those that lie close together are read together ({@link TailBlocks}).
 */
export class ResultFinder {
  readonly #index: ResultIndex;
  readonly #spans: TailBlocks | undefined;

  /** @param index of the lines; it is not closed */
  constructor(index: ResultIndex, { body = false }: ResultFinderOptions) {
    this.#index = index;
    this.#spans = body ? undefined : new TailBlocks(index, bareSpans());
  }

  /** The result of an id; its line counts as met from now on. */
  find(customId: string): BatchResult | undefined {
    const { table } = this.#index;
    const line = table.ask(toIdText(customId), metByAnyone);
    if (line === -1) return undefined;
    return this.#scanned(line, customId) ?? this.#index.parse(this.#index.spanOf(table.lines.place(line)));
  }

  #scanned(line: number, customId: string): BatchResult | undefined {
    const spans = this.#spans;
    if (spans?.find(line) !== true) return undefined;
    const shape = this.#index.shapes[spans.shape] as KnownShape; // learned before it was noted
    return { kind: 'answered', customId, answer: answerIn(spans.counts, shape, spans.bytes.toString('utf8', spans.start, spans.end)), body: {} };
  }
}

/** Keeps the text of a line as it stands in place of a tail. */
function bareSpans(): ScannedTails {
  const tails = new ObjectTails({ kind: 'object' });
  return {
    shapeTail: (shape) => tails.shapeTail(shape),
    head: (_shape, span) => span,
    foot: () => '',
    around: () => ['', ''],
  };
}
