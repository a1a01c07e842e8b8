import { isAscii, isUtf8 } from 'node:buffer';
import type { TransformCallback } from 'node:stream';
import { messageOf } from '../errors.ts';
import { parseResult as parseAnthropic, resultLayouts as anthropicLayouts } from '../providers/anthropic/wire.ts';
import { parseResult as parseOpenai, resultLayouts as openaiLayouts } from '../providers/openai/wire.ts';
import type { Provider } from '../providers/provider.ts';
import { LineSplitter, type Line } from '../records/lines.ts';
import { isTooDeep, tooDeep } from '../records/nesting.ts';
import type { JsonObject, OnReject } from '../records/record.ts';
import { ObjectTransform } from '../streams.ts';
import { refineAnswer, type TextRules } from './answer-text.ts';
import { fromByteText } from './byte-text.ts';
import { LineScanner, maxScannedBytes, type KnownShape } from './line-scanner.ts';
import { resultIn } from './scanned-result.ts';
import { rejectLine } from './reject-line.ts';
import type { ResultLayouts } from './result-layout.ts';
import type { Answer, BatchResult } from './result.ts';

/** Makes a result of a parsed line; `undefined` if it is no result line. Every `Provider` has one. */
export type ParseResult = (line: JsonObject) => BatchResult | undefined;

/** What one line of a result file turned out to be. */
export type ParsedLine =
  | { readonly kind: 'result'; readonly result: BatchResult }
  | { readonly kind: 'blank' }
  | { readonly kind: 'unparsable' | 'unrecognized'; readonly message: string };

/** Recognizes the line's provider by its shape, so that lines of several providers may stand in one file. */
export const parseKnownResult: ParseResult = (line) => parseOpenai(line) ?? parseAnthropic(line);

const knownLayouts: ResultLayouts = {
  describes: parseKnownResult,
  layoutOf: (line) => ('response' in line || 'error' in line ? openaiLayouts : anthropicLayouts).layoutOf(line),
};

/** How result lines are read: by a function, and without it where they have a layout that is known. */
export interface LineReading {
  /** @default the result lines of OpenAI, the servers that speak its wire, and Anthropic */
  readonly parseResult?: ParseResult;
  /** The layouts of what `parseResult` reads. @default none; those of the known providers where `parseResult` is left out */
  readonly layouts?: ResultLayouts;
}

/** The layouts that a reading may rely on. */
export function layoutsOf({ parseResult, layouts }: LineReading): ResultLayouts | undefined {
  return layouts ?? (parseResult === undefined ? knownLayouts : undefined);
}

/** How the lines of a provider are read: by its layouts only while its `parseResult` is the function that they describe. */
export function readingOf(provider: Pick<Provider, 'parseResult' | 'resultLayouts'>): LineReading {
  const { resultLayouts: layouts } = provider;
  const describes = layouts?.describes === Reflect.get(provider, 'parseResult');
  return { parseResult: (line) => provider.parseResult(line), ...(layouts !== undefined && describes ? { layouts } : {}) };
}

/**
 * Reads one line of a result file, without its line feed: a result, a blank line, or what is wrong with it. Pure.
 * A byte order mark before the JSON and a carriage return after it are no fault.
 */
export function parseResultLine(bytes: Buffer, parseResult: ParseResult = parseKnownResult): ParsedLine {
  try {
    const text = textOf(bytes);
    if (text.trim() === '') return { kind: 'blank' };
    const value: unknown = JSON.parse(text);
    return isTooDeep(text, value) ? { kind: 'unparsable', message: tooDeep } : recognize(value, parseResult);
  } catch (error) {
    return { kind: 'unparsable', message: `is not JSON: ${messageOf(error)}` };
  }
}

function textOf(bytes: Buffer): string {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

function recognize(value: unknown, parseResult: ParseResult): ParsedLine {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'unrecognized', message: 'is JSON, but not an object' };
  }
  try {
    const result = parseResult(value as JsonObject);
    if (result !== undefined) return { kind: 'result', result };
  } catch (error) {
    return { kind: 'unrecognized', message: `cannot be read as a result: ${messageOf(error)}` };
  }
  return { kind: 'unrecognized', message: 'is JSON, but no result line of a known provider' };
}

export interface ParseResultsOptions extends TextRules, LineReading {
  /** Receives the lines that are no results. Without it the first such line ends the stage with an error. */
  readonly onReject?: OnReject;
  /** Name of the file, for messages. */
  readonly fileName?: string;
}

/**
 * A stage that turns the bytes of result files into results, whatever the provider. Keeps order. Lines end at byte 0x0A only,
 * whatever the chunks; a line that cannot be read is rejected (`unparsable`, `unrecognized`) and takes no other along.
 *
 * @example
 * for await (const result of createReadStream('batch_output.jsonl').pipe(parseResults())) console.log(result.customId, result.kind);
 */
export function parseResults(options: ParseResultsOptions = {}): ObjectTransform<Buffer, BatchResult> {
  return new ResultParser(options);
}

/**
 * What is fast and why: a line in a known layout gives its result without being parsed ({@link LineScanner}); its body, which few look at,
 * is parsed when it is. The line is kept for that as a string of its own, so that a result never holds more than its line.
 */
class ResultParser extends ObjectTransform<Buffer, BatchResult> {
  readonly #options: ParseResultsOptions;
  readonly #scanner: LineScanner;
  readonly #refine: (answer: Answer) => Answer;
  readonly #splitter = new LineSplitter();

  constructor(options: ParseResultsOptions) {
    super({ writableObjectMode: false, readableObjectMode: true });
    this.#options = options;
    this.#scanner = new LineScanner(layoutsOf(options));
    this.#refine = (answer) => refineAnswer(answer, options);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#emit(this.#splitter.push(chunk), done);
  }

  override _flush(done: TransformCallback): void {
    this.#emit(this.#splitter.end(), done);
  }

  #emit(lines: readonly Line[], done: TransformCallback): void {
    try {
      for (const line of lines) this.#emitLine(line);
    } catch (error) {
      done(error instanceof Error ? error : new Error(messageOf(error)));
      return;
    }
    done();
  }

  #emitLine(line: Line): void {
    const { onReject, fileName, parseResult } = this.#options;
    const scanned = this.#scanned(line.bytes);
    const parsed: ParsedLine = scanned === undefined ? parseResultLine(line.bytes, parseResult) : { kind: 'result', result: scanned };
    if (parsed.kind === 'blank') return;
    if (parsed.kind !== 'result') {
      rejectLine(onReject, { code: parsed.kind, message: parsed.message, file: fileName, line: line.number, bytes: line.bytes });
      return;
    }
    if (scanned !== undefined) {
      this.push(scanned);
      return;
    }
    this.#scanner.learn(line.bytes, parsed.result);
    const { result } = parsed;
    this.push(result.kind === 'answered' ? { ...result, answer: this.#refine(result.answer) } : result);
  }

  #scanned(bytes: Buffer): BatchResult | undefined {
    // Nearly all lines are ASCII, and then their bytes are their text.
    const isPlain = isAscii(bytes);
    if (bytes.length > maxScannedBytes || !(isPlain || isUtf8(bytes))) return undefined;
    const text = bytes.toString('latin1');
    const line = this.#scanner.scan(text, bytes, 0);
    if (line === undefined) return undefined;
    const shape = this.#scanner.shapes[line.shape] as KnownShape; // it was just matched
    const end = line.spanStart + line.spanLength;
    const span = isPlain ? text.slice(line.spanStart, end) : bytes.toString('utf8', line.spanStart, end);
    return resultIn(line, shape, span, { refine: this.#refine, parseBody: () => bodyIn(text, this.#options.parseResult) });
  }
}

/** The body of a line that was scanned before. */
function bodyIn(line: string, parseResult: ParseResult = parseKnownResult): JsonObject {
  // The scanner has proved it to be an object of a shape that was parsed.
  const result = parseResult(JSON.parse(fromByteText(line)) as JsonObject);
  return result?.kind === 'answered' ? result.body : {};
}
