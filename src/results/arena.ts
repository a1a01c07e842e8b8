import { outcomeOf, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { fromIdText, isByteText } from './byte-text.ts';
import { IdTable } from './id-table.ts';
import type { LinePlace } from './line-list.ts';
import { noParts, type KnownShape, type ScannedParts } from './line-scanner.ts';
import { metByAnyone } from './line-table.ts';
import type { ResultIndex } from './result-index.ts';
import { mustBeParsed, scannedTails, type ScannedTails, type ShapeTail } from './scanned-tails.ts';
import { TailStore, type OutcomeSummary } from './tail-store.ts';
import { tailPrinter, type PrintTail, type TailFormat } from './tails.ts';

export interface ResultArenaOptions {
  readonly format: TailFormat;
  /** How answers are judged. With `schema`, `parseJson`, `stripFences` or `body` every line is parsed; a `check`, which looks at records, is not for here. */
  readonly rules?: OutcomeRules;
  /** Where temporary files go. @default the system's temporary directory */
  readonly directory?: string;
}

/** What a stretch of records is looked up by. All ids are as `toIdText` gives them. */
export interface StretchIds {
  /** The user's id of each record: what is shown. `undefined` for a record that is not looked up. */
  readonly customIds: readonly (string | undefined)[];
  /** The id on the wire of each record. @default `customIds` */
  readonly wireIds?: readonly (string | undefined)[];
  /** A second id to look for, where the first has no line: the safe stand-in of an id that the provider would have refused. */
  readonly standIn?: (position: number) => string | undefined;
  /**
   * Where each record stands (its line or index, below 2^32 - 2), to tell a record whose custom_id an earlier record had, in any stretch:
   * see `earlier`. Left out where ids are known to be unique, or are not those on the wire.
   */
  readonly places?: readonly number[];
}

/** Lines that lie closer together are read at once, with what is between them. */
const maxGap = 4096;
/** A range of lines that is read at once: small enough to stay in the processor's cache until it is printed. */
const maxRange = 64 * 1024;
/** A stretch of 50,000 is no faster, and takes 100 MB more in all: of tails here, of rows where it is loaded from. */
const maxStretch = 12_500;
const quote = 0x22;
const openingBracket = 0x5b;
const closingBracket = 0x5d;
/** Bytes of lines in a stretch: more of them only make the memory grow. */
const stretchBytes = 16 * 1024 * 1024;

/**
 * The finished tails of the results of one stretch of records, in a buffer that is used again for the next stretch.
 *
 * What is fast and why: the wanted lines are read in the order in which they lie on disk, whatever the order of the records. The index
 * knows where the text of each begins and ends, and all numbers, so nothing is looked for a second time: the text is cut out of the block,
 * put between constant pieces, and kept in the bytes that the output file is going to have. Nothing is kept or made for a record but these
 * bytes and a few numbers. Lines that are not understood are parsed.
 *
 * Load at most `stretchLength` records at a time: that keeps the buffer below some 16 MB whatever the size of a line.
 *
 * @example
 * const arena = new ResultArena(index, { format: { kind: 'cells', columns, delimiter: ',', before: ',', after: '\n' } });
 * arena.load({ customIds });
 * for (const [position, row] of rows.entries()) {
 *   out += row + (arena.found(position) ? arena.tail(position) : arena.print(missing));
 *   report.addOutcome(arena.found(position) ? arena.summary(position) : missing);
 * }
 */
export class ResultArena {
  readonly #index: ResultIndex;
  readonly #rules: OutcomeRules;
  readonly #print: PrintTail;
  readonly #scanned: ScannedTails | undefined;
  readonly #tails = new TailStore();
  /** By the number of the shape. */
  readonly #shapeTails: ShapeTail[] = [];
  readonly #parts = noParts();
  /** Ids of records that have no line, or not of their own: of the others the index knows who asked first. */
  readonly #others: IdTable;
  #earlier = new Map<number, number>();
  #buffer: Buffer = Buffer.allocUnsafeSlow(maxRange);

  /** @param index of the lines; it is not closed */
  constructor(index: ResultIndex, { format, rules = {}, directory }: ResultArenaOptions) {
    this.#index = index;
    this.#rules = rules;
    this.#print = tailPrinter(format);
    this.#scanned = scannedTails(format, rules);
    this.#others = new IdTable(directory === undefined ? {} : { directory });
  }

  /** Number of records to load at a time, from the mean length of a line: 12,500, or fewer where lines are long. */
  get stretchLength(): number {
    const mean = this.#index.bytes / Math.max(1, this.#index.size);
    return Math.max(100, Math.min(maxStretch, Math.floor(stretchBytes / Math.max(1, mean))));
  }

  /** Looks up a stretch of records; their lines count as met. Forgets the stretch before. */
  load(ids: StretchIds): void {
    const { customIds } = ids;
    this.#tails.clear(customIds.length);
    this.#earlier = new Map();
    this.#render(customIds, this.#linesOf(ids));
  }

  /** True if the record at this position of the stretch has a result. */
  found(position: number): boolean {
    return this.#tails.lengthOf(position) > 0;
  }

  /** The tail of a record that was found, as byte text. */
  tail(position: number): string {
    return this.#tails.text(position);
  }

  /** The same as bytes, for tails that are long (`tailLength`): a view that is good until the next stretch is loaded. */
  tailBytes(position: number): Buffer {
    return this.#tails.view(position);
  }

  /** Bytes of the tail of a record. */
  tailLength(position: number): number {
    return this.#tails.lengthOf(position);
  }

  /** What to count of a record that was found. */
  summary(position: number): OutcomeSummary {
    return this.#tails.summary(position);
  }

  /** The place of an earlier record with the same custom_id, which keeps the result: this one is a duplicate and not looked up. */
  earlier(position: number): number | undefined {
    return this.#earlier.get(position);
  }

  /** The tail of an outcome that comes from elsewhere: a record that is missing or rejected. */
  print(outcome: Outcome): string {
    return this.#print(outcome);
  }

  /** Frees memory. The index is closed by whoever opened it. */
  close(): void {
    this.#others.close();
    this.#tails.close();
  }

  /**
   * The lines of the records, in the order they were read, each with the position of its record: as one whole number, which the engine
   * sorts without calling back.
   */
  #linesOf(ids: StretchIds): Float64Array {
    const { length } = ids.customIds;
    const keys = new Float64Array(length);
    let count = 0;
    for (let at = 0; at < length; at += 1) {
      const cell = this.#cellOf(ids, at);
      if (cell === -1) continue;
      keys[count] = this.#index.table.lineAt(cell) * length + at;
      count += 1;
    }
    return keys.subarray(0, count).sort();
  }

  /** The cell of a record's line, which counts as met; -1 if it has none, or an earlier record has it. */
  #cellOf({ customIds, wireIds = customIds, standIn, places }: StretchIds, at: number): number {
    const wireId = wireIds[at];
    if (wireId === undefined) return -1;
    const { table } = this.#index;
    const place = places?.[at];
    const cell = table.get(wireId);
    if (cell === -1) return this.#otherCell(wireId, standIn?.(at), place, at);
    const by = table.metAt(cell);
    if (place !== undefined && by !== 0 && by !== metByAnyone) {
      this.#earlier.set(at, by - 1);
      return -1;
    }
    table.meet(cell, place === undefined ? metByAnyone : place + 1);
    return cell;
  }

  #otherCell(wireId: string, standIn: string | undefined, place: number | undefined, at: number): number {
    const earlier = place === undefined ? undefined : this.#others.add(wireId, place);
    if (earlier !== undefined) this.#earlier.set(at, earlier);
    if (earlier !== undefined || standIn === undefined) return -1;
    const { table } = this.#index;
    const cell = table.get(standIn);
    if (cell !== -1 && table.metAt(cell) === 0) table.meet(cell, metByAnyone);
    return cell;
  }

  /** Reads the lines in the order of the files, range by range. @param keys see `#linesOf` */
  #render(customIds: StretchIds['customIds'], keys: Float64Array): void {
    const starts = new Float64Array(keys.length);
    const lengths = new Float64Array(keys.length);
    for (let number = 0; number < keys.length; number += 1) this.#noteRange(Math.floor((keys[number] ?? 0) / customIds.length), number, starts, lengths);
    for (let first = 0, last = 0; first < keys.length; first = last) {
      const start = starts[first] ?? 0;
      last = this.#endOfRange(first, starts, lengths);
      const bytes = this.#read({ position: start, length: (starts[last - 1] ?? 0) + (lengths[last - 1] ?? 0) - start });
      for (let number = first; number < last; number += 1) {
        const key = keys[number] ?? 0;
        const at = key % customIds.length;
        const from = (starts[number] ?? 0) - start;
        this.#renderLine(bytes, from, from + (lengths[number] ?? 0), Math.floor(key / customIds.length), at, customIds[at] ?? '');
      }
      this.#tails.flush();
    }
  }

  /** Notes which bytes are needed of a line: of one that was scanned the span and a byte on either side, else all. */
  #noteRange(line: number, number: number, starts: Float64Array, lengths: Float64Array): void {
    const { lines } = this.#index.table;
    const { position, length } = lines.place(line);
    const hasSpan = this.#scanned !== undefined && lines.readParts(line, this.#parts) && this.#parts.spanLength > 0;
    starts[number] = hasSpan ? position + this.#parts.spanStart - 1 : position;
    lengths[number] = hasSpan ? this.#parts.spanLength + 2 : length;
  }

  /** The end of the lines from `first` on that are read at once: near to each other, in one file, and not too many. */
  #endOfRange(first: number, starts: Float64Array, lengths: Float64Array): number {
    const start = starts[first] ?? 0;
    const limit = Math.min(start + maxRange, this.#index.fileEnd(start));
    let end = start + (lengths[first] ?? 0);
    let last = first + 1;
    for (; last < starts.length; last += 1) {
      const next = starts[last] ?? 0;
      const nextEnd = next + (lengths[last] ?? 0);
      if (next - end > maxGap || nextEnd > limit) break;
      end = nextEnd;
    }
    return last;
  }

  #read(range: Pick<LinePlace, 'position' | 'length'>): Buffer {
    if (this.#buffer.length < range.length) this.#buffer = Buffer.allocUnsafeSlow(range.length);
    this.#index.readInto(this.#buffer, this.#index.spanOf(range));
    return this.#buffer;
  }

  /** @param from where the bytes that were noted for this line stand in `bytes` @param to behind the last of them */
  #renderLine(bytes: Buffer, from: number, to: number, line: number, at: number, customId: string): void {
    const { lines } = this.#index.table;
    const tails = this.#scanned;
    if (tails === undefined || !lines.readParts(line, this.#parts)) {
      this.#renderParsed(bytes.subarray(from, to), line, at, customId);
      return;
    }
    const shape = (this.#shapeTails[this.#parts.shape] ??= tails.shapeTail(this.#index.shapes[this.#parts.shape] as KnownShape)); // learned before it was noted
    if (shape.hasEmbedding && isByteText(customId) && isWhole(shape, bytes, from, to, this.#parts)) {
      const vector = bytes.subarray(from + 1, to - 1);
      this.#tails.addVector(at, tails.around(shape, vector, this.#parts, customId), vector, shape, this.#parts);
      return;
    }
    const span = this.#parts.spanLength === 0 ? '' : bytes.toString('latin1', from + 1, to - 1);
    if (shape.hasEmbedding || mustBeParsed(shape, span) || !isByteText(customId) || !isWhole(shape, bytes, from, to, this.#parts)) {
      this.#renderParsed(this.#index.read(this.#index.spanOf(lines.place(line))), line, at, customId);
      return;
    }
    this.#tails.addScanned(at, tails.print(shape, span, this.#parts, customId), shape, this.#parts);
  }

  #renderParsed(bytes: Buffer, line: number, at: number, customId: string): void {
    const result = this.#index.parse(this.#index.spanOf(this.#index.table.lines.place(line)), bytes);
    const outcome = outcomeOf(result, { ...this.#rules, customId: fromIdText(customId) });
    this.#tails.addOutcome(at, this.#print(outcome), outcome);
  }
}

/** False for a text that has lost its quotes, or a list its brackets: the file was changed since it was scanned. */
function isWhole({ hasText, hasEmbedding }: ShapeTail, bytes: Buffer, from: number, to: number, { spanLength }: ScannedParts): boolean {
  if (spanLength === 0) return true;
  if (hasText) return bytes[from] === quote && bytes[to - 1] === quote;
  return !hasEmbedding || (bytes[from + 1] === openingBracket && bytes[to - 2] === closingBracket);
}
