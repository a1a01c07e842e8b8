import { outcomeOf, type Outcome, type OutcomeRules } from '../join/outcome.ts';
import { fromByteText } from './byte-text.ts';
import { IdTable } from './id-table.ts';
import { parseResultLine, type ParseResult } from './parse.ts';
import type { ResultIndex } from './result-index.ts';
import { tailPrinter, type PrintTail, type TailFormat } from './tails.ts';

export interface ResultArenaOptions {
  readonly format: TailFormat;
  /** How answers are judged. With `check`, `parseJson`, `stripFences` or `body` every line is parsed. */
  readonly rules?: OutcomeRules;
  /** @default the result lines of OpenAI, the servers that speak its wire, and Anthropic */
  readonly parseResult?: ParseResult;
}

/** What a stretch of records is looked up by. All ids are byte text. */
export interface StretchIds {
  /** The user's id of each record: what is shown. `undefined` for a record that is not looked up. */
  readonly customIds: readonly (string | undefined)[];
  /** The id on the wire of each record. @default `customIds` */
  readonly wireIds?: readonly (string | undefined)[];
  /** A second id to look for, where the first has no line: the safe stand-in of an id that the provider would have refused. */
  readonly standIn?: (position: number) => string | undefined;
  /**
   * Where each record stands (its line or index, below 2^32), to tell a record whose custom_id an earlier record had, in any stretch: see
   * `earlier`. Left out where ids are known to be unique.
   */
  readonly places?: readonly number[];
}

/** What is counted of an outcome. */
export type OutcomeSummary = Pick<Outcome, 'status' | 'reason' | 'usage'>;

/**
 * The finished tails of the results of one stretch of records, in a buffer that is used again for the next stretch: the wanted lines
 * are read in the order they lie on disk, each is scanned once, and its tail is kept until its record comes by.
 *
 * Load at most `stretchLength` records at a time: that keeps the buffer at some 32 MB whatever the size of a line.
 *
 * @example
 * const arena = new ResultArena(index, { format: { kind: 'cells', columns, delimiter: ',', before: ',', after: '\n' } });
 * arena.load({ customIds });
 * for (const [position, row] of rows.entries()) {
 *   const tail = arena.found(position) ? arena.tail(position) : arena.print({ status: 'missing', customId });
 *   report.addOutcome(arena.found(position) ? arena.summary(position) : missing);
 *   out += row + tail;
 * }
 */
export class ResultArena {
  readonly #index: ResultIndex;
  readonly #options: ResultArenaOptions;
  readonly #print: PrintTail;
  readonly #seen = new IdTable();
  #earlier = new Map<number, number>();
  #tails: (string | undefined)[] = [];
  #summaries: (OutcomeSummary | undefined)[] = [];

  constructor(index: ResultIndex, options: ResultArenaOptions) {
    this.#index = index;
    this.#options = options;
    this.#print = tailPrinter(options.format);
  }

  /** Number of records to load at a time, from the mean length of a line: 50,000, or fewer where lines are long. */
  get stretchLength(): number {
    return 50_000;
  }

  /** Looks up a stretch of records; their lines count as met. Forgets the stretch before. */
  load({ customIds, wireIds = customIds, standIn, places }: StretchIds): void {
    this.#earlier = new Map();
    this.#tails = [];
    this.#summaries = [];
    for (const [position, customId] of customIds.entries()) {
      const wireId = wireIds[position];
      if (customId === undefined || wireId === undefined) continue;
      const earlier = places === undefined ? undefined : this.#seen.add(customId, places[position] ?? 0);
      if (earlier !== undefined) {
        this.#earlier.set(position, earlier);
        continue;
      }
      const second = standIn?.(position);
      const span = this.#index.lookup(fromByteText(wireId)) ?? (second === undefined ? undefined : this.#index.lookup(fromByteText(second)));
      if (span === undefined) continue;
      const parsed = parseResultLine(this.#index.read(span), this.#options.parseResult);
      if (parsed.kind !== 'result') throw new Error('changed');
      const outcome = outcomeOf(parsed.result, { ...this.#options.rules, customId: fromByteText(customId) });
      this.#tails[position] = this.#print(outcome);
      this.#summaries[position] = outcome;
    }
  }

  /** True if the record at this position of the stretch has a result. */
  found(position: number): boolean {
    return this.#tails[position] !== undefined;
  }

  /** The tail of a record that was found, as byte text. */
  tail(position: number): string {
    return this.#tails[position] ?? '';
  }

  /** What to count of a record that was found. Valid until the next call. */
  summary(position: number): OutcomeSummary {
    return this.#summaries[position] ?? { status: 'missing' };
  }

  /** The place of an earlier record with the same custom_id, which keeps the result: this one is a duplicate and not looked up. */
  earlier(position: number): number | undefined {
    return this.#earlier.get(position);
  }

  /** Frees memory. The index is closed by whoever opened it. */
  close(): void {
    this.#seen.close();
  }

  /** The tail of an outcome that comes from elsewhere: a record that is missing or rejected. */
  print(outcome: Outcome): string {
    return this.#print(outcome);
  }
}
