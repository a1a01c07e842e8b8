import { InputError } from '../errors.ts';
import { outcomeOf, rankOf, type OutcomeRules } from '../join/outcome.ts';
import type { Line } from '../records/lines.ts';
import type { OnReject } from '../records/record.ts';
import { IdTable, type SpillOptions } from './id-table.ts';
import { parseResultLine, type ParseResult } from './parse.ts';
import { rejectLine } from './reject-line.ts';
import { ResultEntries, type ResultEntry } from './result-entries.ts';
import { ResultFiles, type FileSpan, type ResultFileInput } from './result-files.ts';
import type { BatchResult } from './result.ts';

/** Which kinds of answers occur, besides text: they decide on columns. */
export interface AnswerKinds {
  readonly toolCalls: boolean;
  readonly embedding: boolean;
  readonly output: boolean;
}

/** How many lines were read, blank ones aside, and how many of them are no result or one too many. */
export interface IndexCounts {
  readonly lines: number;
  readonly duplicates: number;
  readonly unparsable: number;
  readonly unrecognized: number;
}

export interface ResultIndexOptions extends SpillOptions {
  /** Receives unparsable, unrecognized and surplus lines. Without it the first of them ends the reading with an error. */
  readonly onReject?: OnReject;
  /** @default the result lines of OpenAI, the servers that speak its wire, and Anthropic */
  readonly parseResult?: ParseResult;
  /** How answers are judged; decides which of two lines for the same id is the better one. */
  readonly rules?: OutcomeRules;
  readonly signal?: AbortSignal;
}

/** A result line that no record asked for. */
export interface UnmetLine {
  readonly customId: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly bytes: Buffer;
}

const maxFiles = 65_536;

/**
 * Finds the result of a custom_id among the lines of any number of result files, in any order. It remembers where each line is, in 50
 * to 75 bytes, never the line; past a number of lines even that goes to a temporary file (see {@link SpillOptions}).
 *
 * Of several lines for one id the best is kept: one whose outcome is `succeeded` beats `unusable`, which beats all others; among equals
 * the later attempt, then the first line read. Each other line is rejected as `duplicate_result`.
 *
 * @example
 * const index = await ResultIndex.open(['output.jsonl', 'errors.jsonl'], { onReject: console.error });
 * const result = index.find('review-17');
 * for (const orphan of index.unmet()) console.error(orphan.file, orphan.line, orphan.customId);
 * index.close();
 */
export class ResultIndex {
  readonly #table: IdTable;
  readonly #entries: ResultEntries;
  readonly #files: ResultFiles;
  readonly #options: ResultIndexOptions;
  readonly #counts = { lines: 0, duplicates: 0, unparsable: 0, unrecognized: 0 };
  readonly #kinds = { toolCalls: false, embedding: false, output: false };

  private constructor(files: ResultFiles, options: ResultIndexOptions) {
    this.#files = files;
    this.#options = options;
    this.#table = new IdTable(options);
    this.#entries = new ResultEntries(options);
  }

  /** Reads result files through and indexes their lines. Fails with `file_not_found` where one cannot be read. */
  static async open(paths: readonly (string | ResultFileInput)[], options: ResultIndexOptions = {}): Promise<ResultIndex> {
    if (paths.length >= maxFiles) throw new InputError('invalid_option', `At most ${maxFiles - 1} result files can be joined at once, not ${paths.length}.`);
    const files = new ResultFiles(paths);
    const index = new ResultIndex(files, options);
    try {
      for (let file = 0; file < files.count; file += 1) await index.#addFile(file);
    } catch (error) {
      index.close();
      throw error;
    }
    return index;
  }

  /** Number of ids that have a result. */
  get size(): number {
    return this.#entries.size;
  }

  get counts(): IndexCounts {
    return this.#counts;
  }

  get kinds(): AnswerKinds {
    return this.#kinds;
  }

  /** Where the line of an id is; the line counts as met from now on. */
  lookup(customId: string): FileSpan | undefined {
    const number = this.#table.get(customId);
    if (number === undefined) return undefined;
    const entry = this.#entries.get(number);
    if (!entry.met) this.#entries.set(number, { ...entry, met: true });
    return entry;
  }

  /** The bytes of a line. */
  read(span: FileSpan): Buffer {
    return this.#files.read(span);
  }

  /** The result of an id; its line counts as met from now on. */
  find(customId: string): BatchResult | undefined {
    const span = this.lookup(customId);
    return span === undefined ? undefined : this.#parse(span);
  }

  /** The lines that nobody asked for, in the order they were read. */
  *unmet(): Generator<UnmetLine, void, undefined> {
    for (let number = 0; number < this.#entries.size; number += 1) {
      const entry = this.#entries.get(number);
      if (entry.met) continue;
      yield { customId: this.#parse(entry).customId, file: this.#files.pathOf(entry.file), line: entry.line, bytes: this.read(entry) };
    }
  }

  /** Frees the memory, the temporary files and the open result files. */
  close(): void {
    this.#table.close();
    this.#entries.close();
    this.#files.close();
  }

  async #addFile(file: number): Promise<void> {
    for await (const lines of this.#files.lines(file, this.#options.signal)) {
      for (const line of lines) this.#addLine(file, line);
    }
  }

  #addLine(file: number, { bytes, number, offset }: Line): void {
    const parsed = parseResultLine(bytes, this.#options.parseResult);
    if (parsed.kind === 'blank') return;
    this.#counts.lines += 1;
    if (parsed.kind !== 'result') {
      this.#counts[parsed.kind] += 1;
      rejectLine(this.#options.onReject, { code: parsed.kind, message: parsed.message, file: this.#files.pathOf(file), line: number, bytes });
      return;
    }
    this.#noteKinds(parsed.result);
    const rank = rankOf(outcomeOf(parsed.result, { customId: parsed.result.customId, ...this.#options.rules }));
    this.#addEntry(parsed.result.customId, { file, offset, length: bytes.length, line: number, rank, met: false });
  }

  #addEntry(customId: string, entry: ResultEntry): void {
    const number = this.#table.add(customId, this.#entries.size);
    if (number === undefined) {
      this.#entries.append(entry);
      return;
    }
    const known = this.#entries.get(number);
    const isBetter = entry.rank > known.rank || (entry.rank === known.rank && this.#attemptOf(entry) > this.#attemptOf(known));
    if (isBetter) this.#entries.set(number, entry);
    this.#rejectSurplus(customId, isBetter ? entry : known, isBetter ? known : entry);
  }

  #attemptOf({ file }: ResultEntry): number {
    return this.#files.attemptOf(file);
  }

  #rejectSurplus(customId: string, kept: ResultEntry, surplus: ResultEntry): void {
    this.#counts.duplicates += 1;
    const message = `has another result for custom_id ${JSON.stringify(customId)}; the one in line ${kept.line} of ${this.#files.pathOf(kept.file)} counts`;
    const file = this.#files.pathOf(surplus.file);
    rejectLine(this.#options.onReject, { code: 'duplicate_result', message, file, line: surplus.line, bytes: this.read(surplus), customId });
  }

  #noteKinds(result: BatchResult): void {
    if (result.kind !== 'answered') return;
    if (result.answer.toolCalls !== undefined) this.#kinds.toolCalls = true;
    if (result.answer.embedding !== undefined) this.#kinds.embedding = true;
    if (result.answer.output !== undefined) this.#kinds.output = true;
  }

  #parse(span: FileSpan): BatchResult {
    const parsed = parseResultLine(this.read(span), this.#options.parseResult);
    if (parsed.kind === 'result') return parsed.result;
    throw new InputError('file_not_found', `The result file ${this.#files.pathOf(span.file)} changed while it was read. Run the join again.`);
  }
}
