import { InputError } from '../errors.ts';
import { toIdText } from './byte-text.ts';
import type { LinePlace } from './line-list.ts';
import { outcomeOfShape } from './line-outcomes.ts';
import { LineRegister, type AnswerKinds, type IndexCounts, type LineRegisterOptions } from './line-register.ts';
import { noParts, type KnownShape } from './line-scanner.ts';
import { metByAnyone, type LineTable } from './line-table.ts';
import { readInThreads, readResults } from './read-results.ts';
import { ResultFiles, type FileSpan, type ResultFileInput } from './result-files.ts';
import { ResultThreads } from './result-threads.ts';
import type { BatchResult } from './result.ts';

export interface ResultIndexOptions extends LineRegisterOptions {
  /**
   * Threads that read the files, this one among them, where these are large and their lines are those of known providers.
   * @default 1: this one alone
   */
  readonly threads?: number;
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
/** Smaller files are read before a thread has started. */
const worthThreads = 4 * 1024 * 1024;

/**
 * Finds the result of a custom_id among the lines of any number of result files, in any order. It remembers where each line is, never the
 * line, and of that only the part in memory that is in use: see {@link LineTable}. Which of several lines for one id is kept: see
 * {@link LineRegister}.
 *
 * @example
 * const index = await ResultIndex.open(['output.jsonl', 'errors.jsonl'], { onReject: console.error });
 * const result = index.find('review-17');
 * for (const orphan of index.unmet()) console.error(orphan.file, orphan.line, orphan.customId);
 * index.close();
 */
export class ResultIndex {
  /** Those that help to read the files, if any. */
  readonly threads: ResultThreads | undefined;
  readonly #files: ResultFiles;
  readonly #register: LineRegister;
  readonly #parts = noParts();
  /** Whether the lines of a shape are answers in full, by its number. */
  readonly #complete: boolean[] = [];

  private constructor(files: ResultFiles, options: ResultIndexOptions) {
    this.#files = files;
    this.#register = new LineRegister(files, options);
    const { threads = 1, parseResult, layouts } = options;
    if (threads > 1 && parseResult === undefined && layouts === undefined && files.totalBytes >= worthThreads) this.threads = new ResultThreads(threads - 1, this.table.seed);
  }

  /** Reads result files through and indexes their lines. Fails with `file_not_found` where one cannot be read. */
  static async open(paths: readonly (string | ResultFileInput)[], options: ResultIndexOptions = {}): Promise<ResultIndex> {
    if (paths.length >= maxFiles) throw new InputError('invalid_option', `At most ${maxFiles - 1} result files can be joined at once, not ${paths.length}.`);
    const files = new ResultFiles(paths);
    const index = new ResultIndex(files, options);
    try {
      await (index.threads === undefined ? readResults(files, index.#register, options.signal) : readInThreads(files, index.#register, index.threads, options.signal));
    } catch (error) {
      index.close();
      throw error;
    }
    return index;
  }

  /** Number of ids that have a result. */
  get size(): number {
    return this.table.size;
  }

  get counts(): IndexCounts {
    return this.#register.counts;
  }

  get kinds(): AnswerKinds {
    return this.#register.kinds;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#register.positions.bytes;
  }

  /** Bytes of the text or the vector of a line, in the mean of those that need not be parsed. */
  get meanSpan(): number {
    return this.#register.meanSpan;
  }

  /** The lines by id, in byte text; a `position` among them counts through all files. */
  get table(): LineTable {
    return this.#register.table;
  }

  /** The shapes of the lines that need not be parsed, by the number that the table has. */
  get shapes(): readonly KnownShape[] {
    return this.#register.scanner.shapes;
  }

  /** Where the line of an id is; the line counts as met from now on. */
  lookup(customId: string): FileSpan | undefined {
    const line = this.table.ask(toIdText(customId), metByAnyone);
    return line === -1 ? undefined : this.spanOf(this.table.lines.place(line));
  }

  /**
   * True if an id was answered in full, as far as that is known without another look at its line: then no other attempt could do better. False
   * where the line has to be read. The line counts as met from now on.
   */
  isComplete(customId: string): boolean {
    const line = this.table.ask(toIdText(customId), metByAnyone);
    if (line === -1 || !this.table.lines.readParts(line, this.#parts)) return false;
    const { shape } = this.#parts;
    return (this.#complete[shape] ??= outcomeOfShape(this.shapes[shape] as KnownShape).status === 'succeeded'); // learned before it was noted
  }

  /** The file of a line, and its place there. */
  spanOf(place: Pick<LinePlace, 'position' | 'length'>): FileSpan {
    return this.#register.positions.spanOf(place);
  }

  /** Where the file ends in which a position is; like the position counted through all files. */
  fileEnd(position: number): number {
    return this.#register.positions.endOf(position);
  }

  pathOf(file: number): string {
    return this.#files.pathOf(file);
  }

  /** The bytes of a line. */
  read(span: FileSpan): Buffer {
    return this.#files.read(span);
  }

  /** The same, into the beginning of a buffer. */
  readInto(buffer: Buffer, span: FileSpan): void {
    this.#files.readInto(buffer, span);
  }

  /** The result of an id; its line counts as met from now on. */
  find(customId: string): BatchResult | undefined {
    const span = this.lookup(customId);
    return span === undefined ? undefined : this.parse(span);
  }

  /** The result in a line. */
  parse(span: FileSpan, bytes: Buffer = this.read(span)): BatchResult {
    return this.#register.parse(span.file, bytes);
  }

  /** The lines that nobody asked for, in the order they were read. */
  *unmet(): Generator<UnmetLine, void, undefined> {
    for (const place of this.table.unmet()) {
      const span = this.spanOf(place);
      const bytes = this.read(span);
      yield { customId: this.parse(span, bytes).customId, file: this.pathOf(span.file), line: place.line, bytes };
    }
  }

  /** Frees the memory, the temporary files and the open result files. */
  close(): void {
    this.threads?.close();
    this.table.close();
    this.#files.close();
  }
}
