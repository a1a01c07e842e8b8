import { isUtf8 } from 'node:buffer';
import { outcomeOf, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { fromIdText, isByteText } from './byte-text.ts';
import { IdTable } from './id-table.ts';
import { TailStore, type OutcomeSummary } from './tail-store.ts';
import { metByAnyone, type LinePlace } from './line-table.ts';
import type { ResultIndex } from './result-index.ts';
import { scannedTails, type ScannedTails } from './scanned-tails.ts';
import { sortedByPosition } from './sort-places.ts';
import { tailPrinter, type PrintTail, type TailFormat } from './tails.ts';

export interface ResultArenaOptions {
  readonly format: TailFormat;
  /** How answers are judged. With `check`, `parseJson`, `stripFences` or `body` every line is parsed. */
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
const maxRange = 128 * 1024;
const maxStretch = 50_000;
/** Bytes of lines in a stretch: more of them only make the memory grow. */
const stretchBytes = 64 * 1024 * 1024;

/**
 * The finished tails of the results of one stretch of records, in a buffer that is used again for the next stretch.
 *
 * What is fast and why: the wanted lines are read in the order in which they lie on disk, whatever the order of the records; each is
 * scanned where it lies in the block, and what is left of it is its tail, about half its size, in the bytes that the output file is going
 * to have. Nothing is kept or made for a record but these bytes and a few numbers. Lines that are not understood are parsed.
 *
 * Load at most `stretchLength` records at a time: that keeps the buffer at some 32 MB whatever the size of a line.
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

  /** Number of records to load at a time, from the mean length of a line: 50,000, or fewer where lines are long. */
  get stretchLength(): number {
    const mean = this.#index.bytes / Math.max(1, this.#index.size);
    return Math.max(100, Math.min(maxStretch, Math.floor(stretchBytes / Math.max(1, mean))));
  }

  /** Looks up a stretch of records; their lines count as met. Forgets the stretch before. */
  load(ids: StretchIds): void {
    const { customIds } = ids;
    const positions = new Float64Array(customIds.length);
    const lengths = new Float64Array(customIds.length);
    this.#tails.clear(customIds.length);
    this.#earlier = new Map();
    for (let at = 0; at < customIds.length; at += 1) {
      const cell = this.#cellOf(ids, at);
      if (cell === -1) continue;
      const { position, length } = this.#index.table.place(cell);
      positions[at] = position;
      lengths[at] = length;
    }
    this.#render(customIds, positions, lengths);
  }

  /** True if the record at this position of the stretch has a result. */
  found(position: number): boolean {
    return this.#tails.has(position);
  }

  /** The tail of a record that was found, as byte text. */
  tail(position: number): string {
    return this.#tails.text(position);
  }

  /** Copies the tail of a record that was found. @returns the place behind it */
  copyTail(position: number, target: Buffer, at: number): number {
    return this.#tails.copy(position, target, at);
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

  /** The cell of a record's line, which counts as met; -1 if it has none, or an earlier record has it. */
  #cellOf({ customIds, wireIds = customIds, standIn, places }: StretchIds, at: number): number {
    const wireId = wireIds[at];
    if (wireId === undefined) return -1;
    const { table } = this.#index;
    const place = places?.[at];
    const cell = table.find(wireId);
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
    const cell = table.find(standIn);
    if (cell !== -1 && table.metAt(cell) === 0) table.meet(cell, metByAnyone);
    return cell;
  }

  /** Reads the lines in the order of the files, range by range. @param lengths 0 where there is none */
  #render(customIds: StretchIds['customIds'], positions: Float64Array, lengths: Float64Array): void {
    const order = sortedByPosition(positions, lengths);
    for (let first = 0; first < order.length; ) {
      const start = positions[order[first] ?? 0] ?? 0;
      const limit = Math.min(start + maxRange, this.#index.fileEnd(start));
      let end = start;
      let last = first;
      for (; last < order.length; last += 1) {
        const at = order[last] ?? 0;
        const next = positions[at] ?? 0;
        const lineEnd = next + (lengths[at] ?? 0);
        if (last > first && (next - end > maxGap || lineEnd > limit)) break;
        end = lineEnd;
      }
      this.#renderRange(order.subarray(first, last), { position: start, length: end - start }, customIds, positions, lengths);
      first = last;
    }
  }

  #renderRange(wanted: Int32Array, range: Pick<LinePlace, 'position' | 'length'>, customIds: StretchIds['customIds'], positions: Float64Array, lengths: Float64Array): void {
    if (this.#buffer.length < range.length) this.#buffer = Buffer.allocUnsafeSlow(range.length);
    const bytes = this.#buffer.subarray(0, range.length);
    this.#index.readInto(bytes, this.#index.spanOf(range));
    const block = this.#scanned !== undefined && isUtf8(bytes) ? bytes.toString('latin1') : undefined;
    for (const at of wanted) {
      const start = (positions[at] ?? 0) - range.position;
      const length = lengths[at] ?? 0;
      const customId = customIds[at] ?? '';
      if (block === undefined || !this.#addScanned(block, start, length, at, customId)) {
        this.#addParsed(bytes.subarray(start, start + length), { position: range.position + start, length }, at, customId);
      }
    }
    this.#tails.flush();
  }

  #addScanned(block: string, start: number, length: number, at: number, customId: string): boolean {
    const line = this.#index.scanner.scan(block, start);
    if (line === undefined || line.end - start !== length) return false;
    const tails = this.#scanned;
    const judgment = tails?.judge(line);
    if (tails === undefined || judgment === undefined || !isByteText(customId)) return false;
    this.#tails.addScanned(at, tails.print(line, judgment, customId), judgment, line);
    return true;
  }

  #addParsed(bytes: Buffer, place: Pick<LinePlace, 'position' | 'length'>, at: number, customId: string): void {
    const result = this.#index.parse(this.#index.spanOf(place), bytes);
    const outcome = outcomeOf(result, { ...this.#rules, customId: fromIdText(customId) });
    this.#tails.addOutcome(at, this.#print(outcome), outcome);
  }
}
