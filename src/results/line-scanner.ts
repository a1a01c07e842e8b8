import type { JsonObject } from '../records/record.ts';
import { fromByteText } from './byte-text.ts';
import { textIn } from './json-text.ts';
import { shapeOf, type LineShape, type PartName } from './line-shape.ts';
import { parseResultLine } from './parse.ts';
import type { ResultLayouts } from './result-layout.ts';
import type { Answer, BatchResult, Usage } from './result.ts';

/** A result line that was read without being parsed. Its fields hold until the next line is scanned. */
export class ScannedLine {
  /** What all lines of this shape have in common: an answer in which text, model, usage and embedding are those of the line it was learned from. */
  answer: Answer = {};
  /** Index of the line feed, or of the end of the block. */
  end = 0;
  #groups: Groups = noGroups;
  #parts: readonly string[] = [];

  set(groups: Groups, answer: Answer, parts: readonly string[], end: number): void {
    this.#groups = groups;
    this.answer = answer;
    this.#parts = parts;
    this.end = end;
  }

  /** In byte text, as are all others. */
  get customId(): string {
    return this.#parts[this.#groups.customId] ?? '';
  }

  /** The inside of the JSON string that is the text of the answer, escapes and all; `undefined` if it has none. */
  get text(): string | undefined {
    return this.#parts[this.#groups.text];
  }

  get model(): string | undefined {
    return this.#parts[this.#groups.model];
  }

  /** The JSON text of the vector. */
  get embedding(): string | undefined {
    return this.#parts[this.#groups.embedding];
  }

  /** True if the provider told how many tokens it took. */
  get hasUsage(): boolean {
    return this.answer.usage !== undefined;
  }

  get inputTokens(): number {
    const [first = 0, ...rest] = this.#groups.input;
    let sum = Number(this.#parts[first] ?? 0);
    for (const group of rest) sum += Number(this.#parts[group]);
    return sum;
  }

  get outputTokens(): number {
    return Number(this.#parts[this.#groups.output] ?? 0);
  }

  get cachedTokens(): number | undefined {
    return this.#count(this.#groups.cached);
  }

  get cacheWriteTokens(): number | undefined {
    return this.#count(this.#groups.cacheWrite);
  }

  get reasoningTokens(): number | undefined {
    return this.#count(this.#groups.reasoning);
  }

  #count(group: number): number | undefined {
    const digits = this.#parts[group];
    return digits === undefined ? undefined : Number(digits);
  }
}

type Groups = Readonly<Record<Exclude<PartName, 'input'>, number>> & { readonly input: readonly number[] };

/** A number of a group that no pattern has. */
const nowhere = 1000;
const noGroups: Groups = { customId: nowhere, text: nowhere, model: nowhere, embedding: nowhere, input: [], output: nowhere, cached: nowhere, cacheWrite: nowhere, reasoning: nowhere };

interface KnownShape {
  readonly pattern: RegExp;
  readonly groups: Groups;
  readonly answer: Answer;
}

const maxShapes = 8;
/** Lines beyond this are parsed: the stack of a pattern grows with the escapes of a string. */
export const maxScannedBytes = 1024 * 1024;
const maxPatience = 4096;
const openingBrace = 0x7b;

/**
 * Reads result lines without parsing them. The lines of a file are alike: one in the layout of its provider is parsed, its structure is
 * made into a pattern ({@link shapeOf}), and from then on a line that matches costs one run of a compiled regular expression, which
 * checks the whole line to be JSON and hands over the parts: 1 microsecond a line of 1.3 kB, where parsing costs 8. Spacing, the order of
 * keys, more or fewer fields make another shape; the eight that are met most are kept, the likeliest is tried first.
 *
 * A line that matches none is not understood, and is to be parsed: whatever is odd in it, nothing is guessed.
 */
export class LineScanner {
  readonly #layouts: ResultLayouts | undefined;
  readonly #line = new ScannedLine();
  readonly #shapes: KnownShape[] = [];
  /** Lines to let pass before the next one is looked at for its shape: more, the more often that was in vain. */
  #patience = 0;
  #wait = 0;

  /** @param layouts of the function that parses the lines which are not understood; without any, none is */
  constructor(layouts: ResultLayouts | undefined) {
    this.#layouts = layouts;
  }

  /**
   * Reads the line that begins at an index of a block. The block is byte text, valid UTF-8, and holds whole lines.
   *
   * @returns the line, good until the next call; `undefined` if it must be parsed
   */
  scan(block: string, start: number): ScannedLine | undefined {
    const shapes = this.#shapes;
    for (let number = 0; number < shapes.length; number += 1) {
      const shape = shapes[number] as KnownShape; // below the length
      shape.pattern.lastIndex = start;
      const parts = shape.pattern.exec(block);
      if (parts === null) continue;
      this.#line.set(shape.groups, shape.answer, parts, shape.pattern.lastIndex);
      if (number > 0) this.#promote(number, shape);
      return this.#line;
    }
    return undefined;
  }

  /** Learns the shape of a line that was not understood and turned out to be an answer. */
  learn(bytes: Buffer): void {
    // Spaces or a byte order mark before the object are odd, and not worth a shape.
    if (this.#layouts === undefined || bytes.length > maxScannedBytes || bytes[0] !== openingBrace) return;
    if (this.#wait > 0) {
      this.#wait -= 1;
      return;
    }
    const shape = this.#shapeOf(bytes, this.#layouts);
    if (shape === undefined) {
      this.#patience = Math.min(maxPatience, this.#patience * 2 + 1);
      this.#wait = this.#patience;
      return;
    }
    if (this.#shapes.length === maxShapes) this.#shapes.pop();
    this.#shapes.push(shape);
  }

  /** A shape moves up as it is met, so that the likeliest stands first, and a rare one is the first to be forgotten. */
  #promote(number: number, shape: KnownShape): void {
    const before = this.#shapes[number - 1] as KnownShape; // number is above 0
    this.#shapes[number - 1] = shape;
    this.#shapes[number] = before;
  }

  #shapeOf(bytes: Buffer, { layoutOf, describes }: ResultLayouts): KnownShape | undefined {
    const parsed = parseResultLine(bytes, describes);
    if (parsed.kind !== 'result' || parsed.result.kind !== 'answered') return undefined;
    const line = bytes.toString('latin1');
    const layout = layoutOf(JSON.parse(bytes.toString()) as JsonObject); // it has a result, so it is an object
    const found = layout && shapeOf(line, layout);
    if (found === undefined || this.#shapes.some(({ pattern }) => pattern.source === found.pattern.source)) return undefined;
    const shape = { pattern: found.pattern, groups: groupsOf(found), answer: parsed.result.answer };
    return tellsTheSame(shape, line, parsed.result) ? shape : undefined;
  }
}

function groupsOf({ groups }: LineShape): Groups {
  const first = (part: PartName): number => groups.get(part)?.[0] ?? nowhere;
  return {
    customId: first('customId'),
    text: first('text'),
    model: first('model'),
    embedding: first('embedding'),
    input: groups.get('input') ?? [],
    output: first('output'),
    cached: first('cached'),
    cacheWrite: first('cacheWrite'),
    reasoning: first('reasoning'),
  };
}

/** Tries a new shape on the line it was made of: a layout that does not tell what its parser tells is not used. */
function tellsTheSame({ pattern, groups, answer }: KnownShape, text: string, result: BatchResult): boolean {
  pattern.lastIndex = 0;
  const parts = pattern.exec(text);
  if (parts === null || pattern.lastIndex !== text.length) return false;
  const line = new ScannedLine();
  line.set(groups, answer, parts, text.length);
  return fromByteText(line.customId) === result.customId && JSON.stringify(answerIn(line)) === JSON.stringify(answer);
}

/** The answer of a scanned line, as `parseResult` gives it. */
export function answerIn(line: ScannedLine): Answer {
  const { answer, text, model, embedding } = line;
  return {
    ...answer,
    ...(text === undefined ? {} : { text: textIn(text) }),
    ...(model === undefined ? {} : { model: fromByteText(model) }),
    // It was matched as a list of numbers.
    ...(embedding === undefined ? {} : { embedding: JSON.parse(embedding) as readonly number[] }),
    ...(line.hasUsage ? { usage: usageIn(line) } : {}),
  };
}

/** The tokens of a scanned line that tells them. */
export function usageIn({ inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens }: ScannedLine): Usage {
  return {
    inputTokens,
    outputTokens,
    ...(cachedTokens === undefined ? {} : { cachedInputTokens: cachedTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}
