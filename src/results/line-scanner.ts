import { isUtf8 } from 'node:buffer';
import type { JsonObject } from '../records/record.ts';
import type { LineBlock } from './line-block.ts';
import { shapeOf, type LineShape } from './line-shape.ts';
import { endOfNumbers } from './number-list.ts';
import type { ResultLayouts } from './result-layout.ts';
import type { Answer, BatchResult } from './result.ts';
import { resultIn } from './scanned-result.ts';

/** Token counts of a line; -1 for one that it does not tell. */
export interface TokenCounts {
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
}

/** What was read of a line without parsing it. All of it is small: the text or the vector stays where it is. */
export interface ScannedParts extends TokenCounts {
  /** Number of the shape among those the scanner ever learned. */
  shape: number;
  /** Where the inside of the string that is the text stands, or the list that is the embedding; counted from the start of the line. */
  spanStart: number;
  /** Bytes. 0 where the answer has neither, or an empty text. */
  spanLength: number;
}

/** Parts to be filled in. */
export function noParts(): ScannedParts {
  return { shape: 0, spanStart: 0, spanLength: 0, inputTokens: -1, outputTokens: -1, cachedTokens: -1, cacheWriteTokens: -1, reasoningTokens: -1 };
}

/** A result line that was read without being parsed. */
export interface ScannedLine extends ScannedParts {
  /** In byte text. */
  customId: string;
  /** In byte text. */
  requestId: string | undefined;
  /** Index of the line feed, or of the end of the block. */
  end: number;
}

/** What the lines of one shape have in common. */
export interface KnownShape {
  readonly number: number;
  readonly pattern: RegExp;
  readonly behindVector: RegExp | undefined;
  /** The answer of the line it was learned from: those of others differ only in the span and in the counts. */
  readonly answer: Answer;
  readonly statusCode: number | undefined;
  readonly customId: number;
  readonly requestId: number;
  readonly span: number;
  readonly rest: number;
  readonly input: readonly number[];
  readonly output: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

type AnsweredResult = Extract<BatchResult, { readonly kind: 'answered' }>;

/** Shapes that are tried; the rest are only remembered. */
const maxTried = 12;
/** Shapes that are remembered: tables keep their numbers. */
export const maxShapes = 4096;
/** Longer lines are parsed: the stack of a pattern grows with the escapes of a string. */
export const maxScannedBytes = 1024 * 1024;
const maxPatience = 4096;
/** What stands before a vector is looked for in so many bytes first: some 250 are usual. */
const headBytes = 1024;
const lineFeed = 0x0a;
const openingBrace = 0x7b;

/**
 * Reads result lines without parsing them.
 *
 * What is fast and why: the lines of a file are alike. One in a layout of its provider is parsed, its structure is made into a pattern
 * ({@link shapeOf}), and from then on a line that matches costs one run of a compiled regular expression, which checks the whole line to be
 * JSON of this very structure and hands over its parts: 1 microsecond for 1.3 kB, where parsing costs 5. Spacing, the order of keys, more
 * or fewer fields, another model or finish reason make another shape; those that are met most are tried first. A line that is mostly a
 * vector never becomes text: only what stands around its numbers does.
 *
 * A line that matches none is not understood, and is to be parsed: whatever is odd in it, nothing is guessed.
 */
export class LineScanner {
  /** All shapes ever learned, by number. */
  readonly shapes: KnownShape[] = [];
  readonly #layouts: ResultLayouts | undefined;
  readonly #tried: KnownShape[] = [];
  readonly #line = emptyLine();
  /** Lines to let pass before the next one is looked at for its shape: more, the more often that was in vain. */
  #patience = 0;
  #wait = 0;

  /** @param layouts of the function that parses the lines which are not understood; without any, none is */
  constructor(layouts: ResultLayouts | undefined) {
    this.#layouts = layouts;
  }

  /** Reads the line that begins at an index of a block: the same as {@link scan}, but without the text of the block where the lines are vectors. */
  scanIn(block: LineBlock, start: number): ScannedLine | undefined {
    const [likeliest] = this.#tried;
    if (likeliest?.behindVector !== undefined) {
      const head = block.bytes.toString('latin1', start, start + headBytes);
      if (matchesVector(this.#line, likeliest, likeliest.behindVector, head, 0, block.bytes, start)) return this.#line;
    }
    return block.text === undefined ? undefined : this.scan(block.text, block.bytes, start);
  }

  /**
   * Reads the line that begins at an index of a block. The block is byte text, valid UTF-8, and holds whole lines.
   *
   * @param bytes of the block
   * @returns the line, good until the next call; `undefined` if it must be parsed
   */
  scan(block: string, bytes: Buffer, start: number): ScannedLine | undefined {
    const shapes = this.#tried;
    for (let number = 0; number < shapes.length; number += 1) {
      const shape = shapes[number] as KnownShape; // below the length
      if (!matches(this.#line, shape, block, bytes, start)) continue;
      if (number > 0) this.#promote(number, shape);
      return this.#line;
    }
    return undefined;
  }

  /**
   * Learns the shape of a line that was not understood and was parsed.
   *
   * @param result of the line, by the function that the layouts describe
   * @returns true if there is another shape from now on
   */
  learn(bytes: Buffer, result: BatchResult): boolean {
    // Spaces or a byte order mark before the object are odd, and not worth a shape.
    if (this.#layouts === undefined || result.kind !== 'answered' || this.shapes.length >= maxShapes || bytes.length > maxScannedBytes || bytes[0] !== openingBrace) return false;
    if (this.#wait > 0) {
      this.#wait -= 1;
      return false;
    }
    const shape = this.#shapeOf(bytes, result, this.#layouts, this.shapes.length);
    this.#patience = shape === undefined ? Math.min(maxPatience, this.#patience * 2 + 1) : this.#patience >> 1;
    this.#wait = this.#patience;
    if (shape !== undefined) this.#take(shape);
    return shape !== undefined;
  }

  /** Learns the shape of a line that another scanner learned as its shape of that number. */
  learnAs(number: number, bytes: Buffer, result: BatchResult): void {
    const shape = this.#layouts && result.kind === 'answered' ? this.#shapeOf(bytes, result, this.#layouts, number) : undefined;
    if (shape !== undefined) this.#take(shape);
  }

  #take(shape: KnownShape): void {
    this.shapes[shape.number] = shape;
    if (this.#tried.length === maxTried) this.#tried.pop();
    this.#tried.push(shape);
  }

  /** A shape moves up as it is met, so that the likeliest stands first, and a rare one is the first to be dropped. */
  #promote(number: number, shape: KnownShape): void {
    const before = this.#tried[number - 1] as KnownShape; // number is above 0
    this.#tried[number - 1] = shape;
    this.#tried[number] = before;
  }

  #shapeOf(bytes: Buffer, result: AnsweredResult, { layoutOf }: ResultLayouts, number: number): KnownShape | undefined {
    const line = bytes.toString('latin1');
    const layout = layoutOf(JSON.parse(bytes.toString()) as JsonObject); // it has a result, so it is an object
    const found = layout && shapeOf(line, layout);
    if (found === undefined || this.#tried.some((tried) => isSame(tried, found))) return undefined;
    const shape = knownShape(found, number, result);
    return tellsTheSame(shape, line, bytes, result) ? shape : undefined;
  }
}

/** A number of a group that no pattern has. */
const nowhere = 0;

function knownShape({ pattern, behindVector, groups }: LineShape, number: number, { answer, statusCode }: AnsweredResult): KnownShape {
  const first = (part: Parameters<typeof groups.get>[0]): number => groups.get(part)?.[0] ?? nowhere;
  return {
    number,
    pattern,
    behindVector,
    answer,
    statusCode,
    customId: first('customId'),
    requestId: first('requestId'),
    span: first('span'),
    rest: first('rest'),
    input: groups.get('input') ?? [],
    output: first('output'),
    cached: first('cached'),
    cacheWrite: first('cacheWrite'),
    reasoning: first('reasoning'),
  };
}

function isSame(one: LineShape | KnownShape, other: LineShape): boolean {
  return one.pattern.source === other.pattern.source && one.behindVector?.source === other.behindVector?.source;
}

/** Reads a line if it has a shape. */
function matches(line: ScannedLine, shape: KnownShape, block: string, bytes: Buffer, start: number): boolean {
  const { pattern, behindVector } = shape;
  if (behindVector !== undefined) return matchesVector(line, shape, behindVector, block, start, bytes, start);
  pattern.lastIndex = start;
  const parts = pattern.exec(block);
  if (parts === null) return false;
  readParts(line, shape, parts, start, pattern.lastIndex);
  return true;
}

/**
 * Reads a line with a vector if it has a shape; its bytes need not be known to be valid UTF-8.
 *
 * @param head byte text that has what stands before the vector, from `at` on
 */
function matchesVector(line: ScannedLine, shape: KnownShape, behindVector: RegExp, head: string, at: number, bytes: Buffer, start: number): boolean {
  const { pattern } = shape;
  pattern.lastIndex = at;
  const parts = pattern.exec(head);
  if (parts === null) return false;
  const first = start + pattern.lastIndex - at;
  const behind = endOfNumbers(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), first);
  if (behind === -1) return false;
  const end = endOfLine(bytes, behind);
  if (end - behind > maxScannedBytes) return false;
  behindVector.lastIndex = 0;
  const rest = behindVector.exec(bytes.toString('latin1', behind, end));
  // Numbers are plain ASCII.
  if (rest === null || !isUtf8(bytes.subarray(start, first)) || !isUtf8(bytes.subarray(behind, end))) return false;
  readParts(line, shape, [...parts, ...rest], start, end);
  line.spanStart = first - start;
  line.spanLength = behind - first;
  return true;
}

/** Index of the line feed that ends the line in which an index is, or of the end of the bytes. */
export function endOfLine(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(lineFeed, start);
  return end === -1 ? bytes.length : end;
}

function readParts(line: ScannedLine, shape: KnownShape, parts: readonly string[], start: number, end: number): void {
  const span = shape.span === nowhere ? '' : (parts[shape.span] ?? '');
  // A text has its closing quote behind it.
  const behind = shape.rest === nowhere ? 0 : (parts[shape.rest] ?? '').length + 1;
  line.customId = parts[shape.customId] ?? '';
  line.requestId = shape.requestId === nowhere ? undefined : parts[shape.requestId];
  line.end = end;
  line.shape = shape.number;
  line.spanLength = span.length;
  line.spanStart = end - start - behind - span.length;
  line.inputTokens = sumOf(shape.input, parts);
  line.outputTokens = countIn(shape.output, parts);
  line.cachedTokens = countIn(shape.cached, parts);
  line.cacheWriteTokens = countIn(shape.cacheWrite, parts);
  line.reasoningTokens = countIn(shape.reasoning, parts);
}

function countIn(group: number, parts: readonly string[]): number {
  return group === nowhere ? -1 : Number(parts[group]);
}

function sumOf(groups: readonly number[], parts: readonly string[]): number {
  let sum = 0;
  for (let at = 0; at < groups.length; at += 1) sum += countIn(groups[at] ?? nowhere, parts);
  return groups.length === 0 ? -1 : sum;
}

/** Tries a new shape on the line it was made of: a layout that does not tell what its parser tells is not used. */
function tellsTheSame(shape: KnownShape, line: string, bytes: Buffer, result: AnsweredResult): boolean {
  const scanned = emptyLine();
  if (!matches(scanned, shape, line, bytes, 0) || scanned.end !== line.length) return false;
  const told = resultIn(scanned, shape, bytes.toString('utf8', scanned.spanStart, scanned.spanStart + scanned.spanLength), { parseBody: () => result.body });
  return JSON.stringify(told) === JSON.stringify(result);
}

function emptyLine(): ScannedLine {
  return { customId: '', requestId: undefined, end: 0, shape: 0, spanStart: 0, spanLength: 0, inputTokens: -1, outputTokens: -1, cachedTokens: -1, cacheWriteTokens: -1, reasoningTokens: -1 };
}
