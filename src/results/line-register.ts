import { InputError } from '../errors.ts';
import { outcomeOf, rankOf, type OutcomeRules } from '../join/outcome.ts';
import type { OnReject } from '../records/record.ts';
import { toIdText } from './byte-text.ts';
import { FilePositions } from './file-positions.ts';
import type { SpillOptions } from './id-table.ts';
import { LineBlock } from './line-block.ts';
import type { LinePlace } from './line-list.ts';
import { LineScanner, noParts, type ScannedParts } from './line-scanner.ts';
import { LineTable } from './line-table.ts';
import { layoutsOf, parseResultLine, type LineReading } from './parse.ts';
import { rejectLine } from './reject-line.ts';
import type { ResultFiles } from './result-files.ts';
import type { Answer, BatchResult } from './result.ts';
import { readScan, scanWords, WindowScanner } from './window-scanner.ts';

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

export interface LineRegisterOptions extends SpillOptions, LineReading {
  /** Receives unparsable, unrecognized and surplus lines. Without it the first of them ends the reading with an error. */
  readonly onReject?: OnReject;
  /** How answers are judged; decides which of two lines for the same id is the better one. */
  readonly rules?: OutcomeRules;
}

/** A line for an id, as it is shown where it is one too many. */
interface LineEntry {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly bytes: Buffer;
}

/**
 * Takes the lines of result files down, in order, each under its id. Of several lines for one id the best is kept: one whose outcome is
 * `succeeded` beats `unusable`, which beats all others; among equals the later attempt, then the first line read. Each other line is
 * rejected as `duplicate_result`.
 *
 * What is fast and why: a line in a known layout is taken apart where it stands in the block ({@link LineScanner}), and nothing is made for it
 * but the string of its id. Any other line is parsed. How good a line is, is only asked where two of them have one id.
 */
export class LineRegister {
  readonly scanner: LineScanner;
  readonly table: LineTable;
  readonly positions = new FilePositions();
  /** Told of each shape that is learned, and the line it was learned from. */
  onShape: ((shape: number, line: Buffer) => void) | undefined;
  readonly #files: ResultFiles;
  readonly #options: LineRegisterOptions;
  readonly #windows: WindowScanner;
  readonly #counts = { lines: 0, duplicates: 0, unparsable: 0, unrecognized: 0 };
  readonly #kinds = { toolCalls: false, embedding: false, output: false };
  readonly #parts = noParts();
  #spanBytes = 0;
  #scannedLines = 0;
  /** The file that is read, its lines so far, and how many bytes of it were scanned here. */
  #file = 0;
  #line = 0;
  #offset = 0;

  constructor(files: ResultFiles, options: LineRegisterOptions) {
    this.#files = files;
    this.#options = options;
    this.table = new LineTable(files.totalBytes, options);
    this.scanner = new LineScanner(layoutsOf(options));
    this.#windows = new WindowScanner(this.scanner, this.table.seed);
  }

  get counts(): IndexCounts {
    return this.#counts;
  }

  get kinds(): AnswerKinds {
    return this.#kinds;
  }

  /** Bytes of the text or the vector of a line, in the mean of those that need not be parsed. */
  get meanSpan(): number {
    return this.#spanBytes / Math.max(1, this.#scannedLines);
  }

  /** Begins a file. */
  begin(file: number): void {
    this.positions.begin();
    this.#file = file;
    this.#line = 0;
    this.#offset = 0;
  }

  /** Ends it. @param bytes that it has. @default as many as were scanned here */
  end(bytes = this.#offset): void {
    this.positions.end(bytes);
  }

  /** Scans and adds the lines that come next in the file. @param window whole lines */
  scan(window: Buffer): void {
    const shapes = this.scanner.shapes.length;
    this.#windows.clear();
    this.#windows.add(window, 0);
    this.#add(this.#windows.lines, this.#offset, shapes, window);
    this.#offset += window.length;
  }

  /** Adds lines that were scanned elsewhere, with the `seed` of the table. @param from where in the file they are counted from */
  addScanned(lines: Uint32Array, from: number): void {
    this.#add(lines, from, 0);
  }

  /** The result in a line of a file. Fails with `file_not_found` where it is none any more. */
  parse(file: number, bytes: Buffer): BatchResult {
    const parsed = parseResultLine(bytes, this.#options.parseResult);
    if (parsed.kind === 'result') return parsed.result;
    throw new InputError('file_not_found', `The result file ${this.#files.pathOf(file)} changed while it was read. Run the join again.`);
  }

  /** @param shapes that were known when the lines were scanned @param window in which they stand, if it is at hand */
  #add(lines: Uint32Array, from: number, shapes: number, window?: Buffer): void {
    const parts = this.#parts;
    const { table } = this;
    const start = this.positions.bytes + from;
    const bytesOf = (offset: number, length: number): Buffer => window?.subarray(offset, offset + length) ?? this.#files.read({ file: this.#file, offset: from + offset, length });
    for (let at = 0; at < lines.length; at += scanWords) {
      this.#line += 1;
      const offset = lines[at] ?? 0;
      const place: LinePlace = { position: start + offset, length: lines[at + 1] ?? 0, line: this.#line };
      if (!readScan(lines, at, parts)) {
        this.#addUnknown(bytesOf(offset, place.length), place, shapes);
        continue;
      }
      this.#note(parts);
      const cell = table.findHashed(lines[at + 2] ?? 0, lines[at + 3] ?? 0, lines[at + 4] ?? 0);
      if (cell === -1) table.addMissed(place, parts);
      else this.#settle(cell, place, parts, Buffer.from(bytesOf(offset, place.length)));
    }
  }

  /** Adds a line that was not understood; its shape may have been learned since. */
  #addUnknown(bytes: Buffer, place: LinePlace, shapes: number): void {
    const scanned = bytes.length > 0 && this.scanner.shapes.length > shapes ? this.scanner.scanIn(new LineBlock(bytes), 0) : undefined;
    if (scanned === undefined) return this.#addParsed(bytes, place);
    this.#note(scanned);
    this.#addId(scanned.customId, place, scanned, bytes);
  }

  #note({ spanLength }: ScannedParts): void {
    this.#counts.lines += 1;
    this.#scannedLines += 1;
    this.#spanBytes += spanLength;
  }

  /** Adds a line that is not in a known layout. */
  #addParsed(bytes: Buffer, place: LinePlace): void {
    const parsed = parseResultLine(bytes, this.#options.parseResult);
    if (parsed.kind === 'blank') return;
    this.#counts.lines += 1;
    if (parsed.kind !== 'result') {
      this.#counts[parsed.kind] += 1;
      rejectLine(this.#options.onReject, { code: parsed.kind, message: parsed.message, file: this.#files.pathOf(this.#file), line: place.line, bytes });
      return;
    }
    const { result } = parsed;
    if (result.kind === 'answered') {
      // The lines of a shape have the kinds of the line it was learned from.
      this.#noteKinds(result.answer);
      if (this.scanner.learn(bytes, result)) this.onShape?.(this.scanner.shapes.length - 1, bytes);
    }
    this.#addId(toIdText(result.customId), place, undefined, bytes);
  }

  #addId(customId: string, place: LinePlace, parts: ScannedParts | undefined, bytes: Buffer): void {
    const cell = this.table.find(customId);
    if (cell === -1) this.table.addMissed(place, parts);
    else this.#settle(cell, place, parts, Buffer.from(bytes));
  }

  /** Of two lines for one id the better one stays. */
  #settle(cell: number, place: LinePlace, parts: ScannedParts | undefined, bytes: Buffer): void {
    const known = this.table.lines.place(this.table.lineAt(cell));
    const knownSpan = this.positions.spanOf(known);
    const knownBytes = this.#files.read(knownSpan);
    const result = this.parse(this.#file, bytes);
    const ranks = [this.#rankOf(result), this.#rankOf(this.parse(knownSpan.file, knownBytes))] as const;
    const isBetter = ranks[0] > ranks[1] || (ranks[0] === ranks[1] && this.#files.attemptOf(this.#file) > this.#files.attemptOf(knownSpan.file));
    if (isBetter) this.table.replace(cell, place, parts);
    const entry = { file: this.#files.pathOf(this.#file), line: place.line, bytes };
    const knownEntry = { file: this.#files.pathOf(knownSpan.file), line: known.line, bytes: knownBytes };
    this.#rejectSurplus(result.customId, isBetter ? entry : knownEntry, isBetter ? knownEntry : entry);
  }

  #rankOf(result: BatchResult): number {
    return rankOf(outcomeOf(result, { customId: result.customId, ...this.#options.rules }));
  }

  #rejectSurplus(customId: string, kept: LineEntry, surplus: LineEntry): void {
    this.#counts.duplicates += 1;
    const message = `has another result for custom_id ${JSON.stringify(customId)}; the one in line ${kept.line} of ${kept.file} counts`;
    rejectLine(this.#options.onReject, { code: 'duplicate_result', message, ...surplus, customId });
  }

  #noteKinds(answer: Answer): void {
    if (answer.toolCalls !== undefined) this.#kinds.toolCalls = true;
    if (answer.embedding !== undefined) this.#kinds.embedding = true;
    if (answer.output !== undefined) this.#kinds.output = true;
  }
}
