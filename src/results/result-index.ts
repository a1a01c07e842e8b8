import { InputError } from '../errors.ts';
import { outcomeOf, rankOf, type OutcomeRules } from '../join/outcome.ts';
import type { OnReject } from '../records/record.ts';
import { toIdText } from './byte-text.ts';
import type { SpillOptions } from './id-table.ts';
import { LineBlock } from './line-block.ts';
import type { LinePlace } from './line-list.ts';
import { outcomeOfShape } from './line-outcomes.ts';
import { LineScanner, noParts, type KnownShape, type ScannedParts } from './line-scanner.ts';
import { LineTable, metByAnyone } from './line-table.ts';
import { layoutsOf, parseResultLine, type LineReading } from './parse.ts';
import { rejectLine } from './reject-line.ts';
import { fileRanges, readScan, scanWords, type FileRange } from './range-scanner.ts';
import { ResultFiles, type FileSpan, type ResultFileInput } from './result-files.ts';
import type { ScanAnswer } from './result-worker.ts';
import { ResultThreads } from './result-threads.ts';
import type { Answer, BatchResult } from './result.ts';

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

export interface ResultIndexOptions extends SpillOptions, LineReading {
  /** Receives unparsable, unrecognized and surplus lines. Without it the first of them ends the reading with an error. */
  readonly onReject?: OnReject;
  /** How answers are judged; decides which of two lines for the same id is the better one. */
  readonly rules?: OutcomeRules;
  /**
   * Threads that read the files, where these are large and their lines are those of known providers.
   * @default 1: none beside this one
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

interface SentRange extends FileRange {
  /** What a thread finds there; `undefined` for a file that is read here. */
  readonly answer: Promise<ScanAnswer> | undefined;
}

const maxFiles = 65_536;
const lineFeed = 0x0a;
/** Blocks to read before others get their turn: some 10 ms. */
const blocksInARow = 32;
/** Smaller files are read before a thread has started. */
const worthThreads = 4 * 1024 * 1024;

/**
 * Finds the result of a custom_id among the lines of any number of result files, in any order. It remembers where each line is, never the
 * line, and of that only the part in memory that is in use: see {@link LineTable} and {@link SpillOptions}.
 *
 * Of several lines for one id the best is kept: one whose outcome is `succeeded` beats `unusable`, which beats all others; among equals
 * the later attempt, then the first line read. Each other line is rejected as `duplicate_result`.
 *
 * What is fast and why: files are read in blocks, a line in a known layout is taken apart where it stands in the block
 * ({@link LineScanner}), and nothing is made for it but the string of its id. Any other line is parsed. How good a line is, is only asked
 * where two of them have one id.
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
  readonly #table: LineTable;
  readonly #files: ResultFiles;
  readonly #options: ResultIndexOptions;
  readonly #scanner: LineScanner;
  readonly #counts = { lines: 0, duplicates: 0, unparsable: 0, unrecognized: 0 };
  readonly #kinds = { toolCalls: false, embedding: false, output: false };
  /** Byte position of the beginning of each file, counted through all files. */
  readonly #starts: number[] = [];
  #bytes = 0;
  /** Lines of the file that threads read. */
  #line = 0;
  #spanBytes = 0;
  #scannedLines = 0;
  readonly #parts = noParts();
  /** Whether the lines of a shape are answers in full, by its number. */
  readonly #complete: boolean[] = [];

  private constructor(files: ResultFiles, options: ResultIndexOptions) {
    this.#files = files;
    this.#options = options;
    this.#table = new LineTable(files.totalBytes, options);
    this.#scanner = new LineScanner(layoutsOf(options));
    const { threads = 1, parseResult, layouts } = options;
    if (threads > 1 && parseResult === undefined && layouts === undefined && files.totalBytes >= worthThreads) this.threads = new ResultThreads(threads, this.#table.seed);
  }

  /** Reads result files through and indexes their lines. Fails with `file_not_found` where one cannot be read. */
  static async open(paths: readonly (string | ResultFileInput)[], options: ResultIndexOptions = {}): Promise<ResultIndex> {
    if (paths.length >= maxFiles) throw new InputError('invalid_option', `At most ${maxFiles - 1} result files can be joined at once, not ${paths.length}.`);
    const files = new ResultFiles(paths);
    const index = new ResultIndex(files, options);
    try {
      if (index.threads === undefined) for (let file = 0; file < files.count; file += 1) await index.#addFile(file);
      else await index.#addInThreads(index.threads);
    } catch (error) {
      index.close();
      throw error;
    }
    return index;
  }

  /** Number of ids that have a result. */
  get size(): number {
    return this.#table.size;
  }

  get counts(): IndexCounts {
    return this.#counts;
  }

  get kinds(): AnswerKinds {
    return this.#kinds;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the text or the vector of a line, in the mean of those that need not be parsed. */
  get meanSpan(): number {
    return this.#spanBytes / Math.max(1, this.#scannedLines);
  }

  /** The lines by id, in byte text; a `position` among them counts through all files. */
  get table(): LineTable {
    return this.#table;
  }

  /** The shapes of the lines that need not be parsed, by the number that the table has. */
  get shapes(): readonly KnownShape[] {
    return this.#scanner.shapes;
  }

  /** Where the line of an id is; the line counts as met from now on. */
  lookup(customId: string): FileSpan | undefined {
    const line = this.#table.ask(toIdText(customId), metByAnyone);
    return line === -1 ? undefined : this.spanOf(this.#table.lines.place(line));
  }

  /**
   * True if an id was answered in full, as far as that is known without another look at its line: then no other attempt could do better. False
   * where the line has to be read. The line counts as met from now on.
   */
  isComplete(customId: string): boolean {
    const line = this.#table.ask(toIdText(customId), metByAnyone);
    if (line === -1 || !this.#table.lines.readParts(line, this.#parts)) return false;
    const { shape } = this.#parts;
    return (this.#complete[shape] ??= outcomeOfShape(this.shapes[shape] as KnownShape).status === 'succeeded'); // learned before it was noted
  }

  /** The file of a line, and its place there. */
  spanOf({ position, length }: Pick<LinePlace, 'position' | 'length'>): FileSpan {
    const file = this.#fileAt(position);
    return { file, offset: position - (this.#starts[file] ?? 0), length };
  }

  /** Where the file ends in which a position is; like the position counted through all files. */
  fileEnd(position: number): number {
    return this.#starts[this.#fileAt(position) + 1] ?? this.#bytes;
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
    const parsed = parseResultLine(bytes, this.#options.parseResult);
    if (parsed.kind === 'result') return parsed.result;
    throw new InputError('file_not_found', `The result file ${this.#files.pathOf(span.file)} changed while it was read. Run the join again.`);
  }

  /** The lines that nobody asked for, in the order they were read. */
  *unmet(): Generator<UnmetLine, void, undefined> {
    for (const place of this.#table.unmet()) {
      const span = this.spanOf(place);
      const bytes = this.read(span);
      yield { customId: this.parse(span, bytes).customId, file: this.#files.pathOf(span.file), line: place.line, bytes };
    }
  }

  /** Frees the memory, the temporary files and the open result files. */
  close(): void {
    this.threads?.close();
    this.#table.close();
    this.#files.close();
  }

  async #addFile(file: number): Promise<void> {
    this.#starts.push(this.#bytes);
    let line = 0;
    let blocks = 0;
    for (const block of this.#files.blocks(file)) {
      this.#options.signal?.throwIfAborted();
      line = this.#addBlock(file, block, line);
      blocks += 1;
      if (blocks % blocksInARow === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Reads all files with the help of threads: they scan, here the lines are put into the table, in order. */
  async #addInThreads(threads: ResultThreads): Promise<void> {
    const out: SentRange[] = [];
    for (const range of fileRanges(this.#files)) {
      this.#options.signal?.throwIfAborted();
      const { file, from, to } = range;
      out.push({ ...range, answer: to === 0 ? undefined : threads.scan({ path: this.#files.pathOf(file), from, to }) });
      // The shapes of the first lines are learned before others are sent.
      const most = this.#bytes === 0 && out.length === 1 ? 0 : threads.count * 2;
      for (let next = out[0]; next !== undefined && out.length > most; next = out[0]) await this.#addRange(next).then(() => out.shift());
    }
    for (const range of out) await this.#addRange(range);
  }

  async #addRange({ file, from, to, size, answer }: SentRange): Promise<void> {
    if (answer === undefined) return this.#addFile(file);
    if (from === 0) {
      this.#starts.push(this.#bytes);
      this.#line = 0;
    }
    this.#line = this.#addScanned(file, from, (await answer).lines, this.#line);
    if (to === size) this.#bytes += size;
  }

  /** Adds the lines of a range. @returns the lines of the file so far */
  #addScanned(file: number, from: number, lines: Uint32Array, linesBefore: number): number {
    const parts = noParts();
    let line = linesBefore;
    for (let at = 0; at < lines.length; at += scanWords) {
      line += 1;
      const start = from + (lines[at] ?? 0);
      const place: LinePlace = { position: this.#bytes + start, length: lines[at + 1] ?? 0, line };
      if (!readScan(lines, at, parts)) {
        this.#addUnknown(file, start, place);
        continue;
      }
      this.#note(parts);
      const cell = this.#table.findHashed(lines[at + 2] ?? 0, lines[at + 3] ?? 0, lines[at + 4] ?? 0);
      if (cell === -1) this.#table.addMissed(place, parts);
      else this.#settle(cell, place, parts, file, this.#files.read({ file, offset: start, length: place.length }));
    }
    return line;
  }

  /** Adds a line that a thread did not understand; its shape may have been learned since. */
  #addUnknown(file: number, offset: number, place: LinePlace): void {
    const bytes = place.length === 0 ? Buffer.alloc(0) : this.#files.read({ file, offset, length: place.length });
    const scanned = bytes.length > 0 ? this.#scanner.scanIn(new LineBlock(bytes), 0) : undefined;
    if (scanned === undefined) this.#addParsed(bytes, file, place);
    else {
      this.#note(scanned);
      this.#add(scanned.customId, place, scanned, file, bytes, 0);
    }
  }

  #note({ spanLength }: ScannedParts): void {
    this.#counts.lines += 1;
    this.#scannedLines += 1;
    this.#spanBytes += spanLength;
  }

  /** @param linesBefore in the file @returns the same with those of the block */
  #addBlock(file: number, bytes: Buffer, linesBefore: number): number {
    const start = this.#bytes;
    const block = new LineBlock(bytes);
    let line = linesBefore;
    for (let at = 0; at < bytes.length; ) {
      line += 1;
      const scanned = this.#scanner.scanIn(block, at);
      if (scanned === undefined) {
        const end = lineEnd(bytes, at);
        this.#addParsed(bytes.subarray(at, end), file, { position: start + at, length: end - at, line });
        at = end + 1;
      } else {
        this.#note(scanned);
        this.#add(scanned.customId, { position: start + at, length: scanned.end - at, line }, scanned, file, bytes, at);
        at = scanned.end + 1;
      }
    }
    this.#bytes += bytes.length;
    return line;
  }

  /** Adds a line that is not in a known layout. */
  #addParsed(bytes: Buffer, file: number, place: LinePlace): void {
    const parsed = parseResultLine(bytes, this.#options.parseResult);
    if (parsed.kind === 'blank') return;
    this.#counts.lines += 1;
    if (parsed.kind !== 'result') {
      this.#counts[parsed.kind] += 1;
      rejectLine(this.#options.onReject, { code: parsed.kind, message: parsed.message, file: this.#files.pathOf(file), line: place.line, bytes });
      return;
    }
    const { result } = parsed;
    if (result.kind === 'answered') {
      // The lines of a shape have the kinds of the line it was learned from.
      this.#noteKinds(result.answer);
      if (this.#scanner.learn(bytes, result)) this.threads?.teach(this.#scanner.shapes.length - 1, bytes);
    }
    this.#add(toIdText(result.customId), place, undefined, file, bytes, 0);
  }

  /** @param start of the line in `bytes` */
  #add(customId: string, place: LinePlace, parts: ScannedParts | undefined, file: number, bytes: Buffer, start: number): void {
    const cell = this.#table.find(customId);
    if (cell === -1) this.#table.addMissed(place, parts);
    else this.#settle(cell, place, parts, file, Buffer.from(bytes.subarray(start, start + place.length)));
  }

  /** Of two lines for one id the better one stays. */
  #settle(cell: number, place: LinePlace, parts: ScannedParts | undefined, file: number, bytes: Buffer): void {
    const known = this.#placeAt(cell);
    const knownSpan = this.spanOf(known);
    const knownBytes = this.read(knownSpan);
    const result = this.parse({ ...place, file, offset: 0 }, bytes);
    const ranks = [this.#rankOf(result), this.#rankOf(this.parse(knownSpan, knownBytes))] as const;
    const isBetter = ranks[0] > ranks[1] || (ranks[0] === ranks[1] && this.#files.attemptOf(file) > this.#files.attemptOf(knownSpan.file));
    if (isBetter) this.#table.replace(cell, place, parts);
    const entry = { file: this.#files.pathOf(file), line: place.line, bytes };
    const knownEntry = { file: this.#files.pathOf(knownSpan.file), line: known.line, bytes: knownBytes };
    this.#rejectSurplus(result.customId, isBetter ? entry : knownEntry, isBetter ? knownEntry : entry);
  }

  #placeAt(cell: number): LinePlace {
    return this.#table.lines.place(this.#table.lineAt(cell));
  }

  #rankOf(result: BatchResult): number {
    return rankOf(outcomeOf(result, { customId: result.customId, ...this.#options.rules }));
  }

  #rejectSurplus(customId: string, kept: Omit<UnmetLine, 'customId'>, surplus: Omit<UnmetLine, 'customId'>): void {
    this.#counts.duplicates += 1;
    const message = `has another result for custom_id ${JSON.stringify(customId)}; the one in line ${kept.line} of ${kept.file} counts`;
    rejectLine(this.#options.onReject, { code: 'duplicate_result', message, ...surplus, customId });
  }

  #noteKinds(answer: Answer): void {
    if (answer.toolCalls !== undefined) this.#kinds.toolCalls = true;
    if (answer.embedding !== undefined) this.#kinds.embedding = true;
    if (answer.output !== undefined) this.#kinds.output = true;
  }

  /** The last file that begins at or before a position; empty files begin where the next one does. */
  #fileAt(position: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(lineFeed, start);
  return end === -1 ? bytes.length : end;
}
