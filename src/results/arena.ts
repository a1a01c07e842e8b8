import type { JsonValue } from '../records/record.ts';
import { FloatList } from '../join/float-list.ts';
import { outcomeOf, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { placedIn, type VectorSink } from '../join/vectors.ts';
import { longSpan } from './block-printer.ts';
import { fromIdText, isByteText } from './byte-text.ts';
import { CountedOutcome, type OutcomeSummary } from './counted-outcome.ts';
import { IdTable } from './id-table.ts';
import { noParts, type TokenCounts } from './line-scanner.ts';
import { metByAnyone } from './line-table.ts';
import type { ResultIndex } from './result-index.ts';
import { mustBeParsed, scannedTails, type ScannedTails, type ShapeTail } from './scanned-tails.ts';
import { TailBlocks } from './tail-blocks.ts';
import { tailPrinter, type PrintTail, type TailFormat } from './tails.ts';

export interface ResultArenaOptions {
  readonly format: TailFormat;
  /** How answers are judged. With `schema`, `parseJson`, `stripFences` or `body` every line is parsed; a `check`, which looks at records, is not for here. */
  readonly rules?: OutcomeRules;
  /** Gives each embedding another form. */
  readonly vectors?: Pick<VectorSink, 'place' | 'placeFloats'>;
  /** Where temporary files go. @default the system's temporary directory */
  readonly directory?: string;
}

/** Where tails go. */
export interface TailSink {
  /** Adds byte text. */
  write(text: string): void;
  /** Adds some of these bytes. They are copied. */
  copy(bytes: Buffer, start: number, end: number): void;
  /** Adds byte text and so many bytes, which are filled in where they go: what is large is read straight to its place. Nothing is added if `write` says false. */
  fill?(text: string, length: number, write: (room: Buffer) => boolean): boolean;
}

const quote = 0x22;
const openingBracket = 0x5b;
const closingBracket = 0x5d;

/**
 * The finished texts of results: what stands behind a record in an output file, its tail.
 *
 * What is fast and why: a tail is put together from the bytes of the line and constant pieces, because the index knows where each part of a
 * line is; what lies close together is made together ({@link TailBlocks}); a long text or a vector is read by position, straight to where it
 * goes. Nothing is made for a record but these bytes and a few numbers. Lines that are not understood are parsed.
 *
 * @example
 * const arena = new ResultArena(index, { format: { kind: 'cells', columns, delimiter: ',', before: ',', after: '\n' } });
 * for (const { text, id } of rows) {
 *   const line = arena.lineOf(id);
 *   out.write(text);
 *   report.addOutcome(line === -1 ? missing : arena.append(line, id, out));
 * }
 */
export class ResultArena {
  readonly #index: ResultIndex;
  readonly #rules: OutcomeRules;
  readonly #print: PrintTail;
  readonly #vectors: ResultArenaOptions['vectors'];
  readonly #floats = new FloatList();
  readonly #isTable: boolean;
  readonly #scanned: ScannedTails | undefined;
  readonly #blocks: TailBlocks | undefined;
  readonly #parts = noParts();
  /** By shape. */
  readonly #summaries: CountedOutcome[] = [];
  /** Ids of records that have no line, or not of their own: of the others the index knows who asked first. */
  readonly #others: IdTable;
  #buffer: Buffer = Buffer.allocUnsafeSlow(longSpan + 2);
  /** The place of an earlier record with the custom_id that was looked up last; that one keeps the result. */
  earlier: number | undefined;

  /** @param index of the lines; it is not closed */
  constructor(index: ResultIndex, { format, rules = {}, vectors, directory }: ResultArenaOptions) {
    this.#index = index;
    this.#rules = rules;
    this.#print = tailPrinter(format);
    this.#vectors = vectors;
    this.#isTable = format.kind === 'cells';
    this.#scanned = scannedTails(format, rules);
    this.#blocks = this.#scanned && new TailBlocks(index, this.#scanned, format);
    this.#others = new IdTable(directory === undefined ? {} : { directory });
  }

  /**
   * The number of the line of a record, which counts as met; -1 if it has none, or an `earlier` record has it.
   *
   * @param wireId as `toIdText` gives it
   * @param standIn gives a second id to look for, where the first has no line
   * @param place where the record stands (its line or index, below 2^32 - 2), to tell a record whose custom_id an earlier one had. Left
   * out where ids are known to be unique, or are not those on the wire
   */
  lineOf(wireId: string, standIn?: (id: string) => string, place?: number): number {
    this.earlier = undefined;
    const { table } = this.#index;
    const line = table.ask(wireId, place === undefined ? metByAnyone : place + 1);
    if (line === -1) return this.#otherLine(wireId, standIn, place);
    if (place === undefined || table.askedBy === 0 || table.askedBy === metByAnyone) return line;
    this.earlier = table.askedBy - 1;
    return -1;
  }

  #otherLine(wireId: string, standIn: ((id: string) => string) | undefined, place: number | undefined): number {
    this.earlier = place === undefined ? undefined : this.#others.add(wireId, place);
    return this.earlier !== undefined || standIn === undefined ? -1 : this.#index.table.ask(standIn(wireId), metByAnyone);
  }

  /** True if a line was scanned: then it is an answer. */
  isScanned(line: number): boolean {
    return this.#index.table.lines.readParts(line, this.#parts);
  }

  /** Adds the tail of a line. @param customId the user's id, which is shown, as `toIdText` gives it @returns what to count, good until the next line */
  append(line: number, customId: string, out: TailSink): OutcomeSummary {
    const blocks = this.#blocks;
    if (blocks === undefined || !isByteText(customId)) return this.#appendParsed(line, customId, out);
    // A block would be read in vain for a line with a vector.
    if (this.#isVector(line, blocks) || !blocks.find(line)) return this.#appendAlone(line, blocks, customId, out);
    out.copy(blocks.bytes, blocks.start, blocks.end);
    out.write(this.#scanned?.foot(customId) ?? '');
    return this.#summaryOf(blocks.shape, blocks.counts);
  }

  /** The tail of an outcome that comes from elsewhere: a record that is missing or rejected. */
  print(outcome: Outcome): string {
    return this.#print(outcome);
  }

  /** Frees memory. The index is closed by whoever opened it. */
  close(): void {
    this.#others.close();
  }

  #isVector(line: number, blocks: TailBlocks): boolean {
    return this.#index.kinds.embedding && this.isScanned(line) && blocks.shapeTail(this.#parts.shape)?.hasEmbedding === true;
  }

  /** What to count of a line whose shape was made into tails. */
  #summaryOf(shape: number, counts: TokenCounts): OutcomeSummary {
    return (this.#summaries[shape] ??= new CountedOutcome(this.#blocks?.shapeTail(shape) as ShapeTail)).of(counts);
  }

  /** Adds the tail of a line that was not made with others. */
  #appendAlone(line: number, blocks: TailBlocks, customId: string, out: TailSink): OutcomeSummary {
    const parts = this.#parts;
    const shape = this.#index.table.lines.readParts(line, parts) ? blocks.shapeTail(parts.shape) : undefined;
    if (shape === undefined) return this.#appendParsed(line, customId, out);
    const isDone = shape.hasEmbedding ? this.#appendVector(line, shape, customId, out) : this.#appendText(line, shape, customId, out);
    return isDone ? this.#summaryOf(parts.shape, parts) : this.#appendParsed(line, customId, out);
  }

  /** @returns false if the line must be parsed */
  #appendText(line: number, shape: ShapeTail, customId: string, out: TailSink): boolean {
    const tails = this.#scanned;
    const span = this.#spanOf(line);
    const text = span.toString('latin1', 1, span.length - 1);
    if (tails === undefined || mustBeParsed(shape, text) || (text !== '' && (span[0] !== quote || span.at(-1) !== quote))) return false;
    out.write(tails.head(shape, text, this.#parts));
    out.write(tails.foot(customId));
    return true;
  }

  #appendVector(line: number, shape: ShapeTail, customId: string, out: TailSink): boolean {
    if (!this.#isTable && this.#vectors === undefined && out.fill !== undefined) return this.#readVector(line, shape, customId, out);
    const vector = this.#spanOf(line).subarray(1, -1);
    if (vector[0] !== openingBracket || vector.at(-1) !== closingBracket) return false;
    const shown = this.#vectors === undefined ? vector : this.#placed(vector, this.#vectors);
    const [head, foot] = this.#scanned?.around(shape, shown, this.#parts, customId) ?? ['', ''];
    out.write(head);
    out.copy(shown, 0, shown.length);
    out.write(foot);
    return true;
  }

  /** Adds the tail of an object, into which its vector is read: a table would have to know the vector to say what stands before it. */
  #readVector(line: number, shape: ShapeTail, customId: string, out: TailSink): boolean {
    const { spanStart, spanLength } = this.#parts;
    const span = this.#index.spanOf({ position: this.#index.table.lines.positionOf(line) + spanStart, length: spanLength });
    const [head, foot] = this.#scanned?.around(shape, this.#buffer, this.#parts, customId) ?? ['', ''];
    const isRead = out.fill?.(head, spanLength, (vector) => {
      this.#index.readInto(vector, span);
      return vector[0] === openingBracket && vector.at(-1) === closingBracket;
    });
    if (isRead !== true) return false;
    out.write(foot);
    return true;
  }

  /** What is shown of a vector in another form. */
  #placed(vector: Buffer, vectors: Pick<VectorSink, 'placeFloats'>): Buffer {
    // It was scanned as a list of numbers.
    const value = vectors.placeFloats(this.#floats.read(vector)) ?? (JSON.parse(vector.toString('latin1')) as JsonValue);
    return Buffer.from(this.#isTable && typeof value === 'string' ? value : JSON.stringify(value));
  }

  /** The span of a line with a byte on either side, good until the next one. */
  #spanOf(line: number): Buffer {
    const { spanStart, spanLength } = this.#parts;
    const span = { position: this.#index.table.lines.positionOf(line) + spanStart - 1, length: spanLength + 2 };
    if (this.#buffer.length < span.length) this.#buffer = Buffer.allocUnsafeSlow(span.length);
    this.#index.readInto(this.#buffer, this.#index.spanOf(span));
    return this.#buffer.subarray(0, span.length);
  }

  #appendParsed(line: number, customId: string, out: TailSink): OutcomeSummary {
    const result = this.#index.parse(this.#index.spanOf(this.#index.table.lines.place(line)));
    const outcome = outcomeOf(result, { ...this.#rules, customId: fromIdText(customId) });
    out.write(this.#print(placedIn(outcome, this.#vectors)));
    return outcome;
  }
}
