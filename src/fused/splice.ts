import type { ErrorCode } from '../errors.ts';
import { duplicateOf, finishJoin, rejected } from '../join/joiner.ts';
import type { Outcome } from '../join/outcome.ts';
import type { SourceId } from '../join/source-id.ts';
import type { OnReject, Rejection, SourceRecord } from '../records/record.ts';
import type { ReportBuilder } from '../report/report.ts';
import { safeCustomId } from '../requests/safe-id.ts';
import type { ResultArena } from '../results/arena.ts';
import { fromIdText, toIdText } from '../results/byte-text.ts';
import type { ResultIndex } from '../results/result-index.ts';
import { Pieces } from './pieces.ts';
import { isRejectedRow, type RowText, type RowTextReader } from './row-text.ts';

export interface SpliceInput {
  readonly chunks: AsyncIterable<Buffer>;
  readonly rows: RowTextReader;
  readonly index: ResultIndex;
  readonly arena: ResultArena;
  /** The id of a record, for rows that do not show it. */
  readonly idOf: (record: SourceRecord) => SourceId;
  /** False where ids are made from the index, and so cannot occur twice. */
  readonly checksIds: boolean;
  /** Counts every outcome. */
  readonly report: ReportBuilder;
  /** Receives the result lines that found no record; counted by whoever made it. */
  readonly onLineReject: OnReject | undefined;
  /** Receives the records that take no part; counted here. */
  readonly onRecordReject: OnReject;
}

/**
 * Joins a source with its results as bytes: the text of each row, and behind it the finished text of its result. A stretch of rows is held at a
 * time, so that the results of a stretch can be read in the order they lie on disk.
 */
export async function* splice(input: SpliceInput): AsyncGenerator<Buffer, void, undefined> {
  const splicer = new Splicer(input);
  const { rows } = input;
  for await (const chunk of input.chunks) {
    yield* splicer.add(rows.push(chunk));
    if (rows.full) break;
  }
  if (!rows.full) yield* splicer.add(rows.end());
  yield* splicer.end();
}

/** Why a record takes no part. */
interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly customId: string;
}

class Splicer {
  readonly #input: SpliceInput;
  #stretch: (RowText | Rejection)[] = [];
  #records = 0;
  #met = 0;
  /** An id that found no result, if any. */
  #sampleId: string | undefined;
  readonly #pieces = new Pieces();
  #hasBegun = false;

  constructor(input: SpliceInput) {
    this.#input = input;
  }

  /** Adds what was read since the last time. */
  *add(found: readonly (RowText | Rejection)[]): Generator<Buffer, void, undefined> {
    const { stretchLength } = this.#input.arena;
    for (const row of found) {
      this.#stretch.push(row);
      if (this.#stretch.length === stretchLength) yield* this.#flush();
    }
  }

  *end(): Generator<Buffer, void, undefined> {
    yield* this.#flush();
    yield* this.#pieces.end();
    finishJoin(this.#input.index, { records: this.#records, met: this.#met, sampleId: this.#sampleId }, this.#input.onLineReject);
  }

  *#flush(): Generator<Buffer, void, undefined> {
    if (!this.#hasBegun) this.#pieces.write(this.#input.rows.headerText);
    this.#hasBegun = true;
    const ids = this.#lookUp();
    for (let position = 0; position < this.#stretch.length; position += 1) {
      const row = this.#stretch[position];
      if (row === undefined) continue;
      if (isRejectedRow(row)) this.#count(row);
      else this.#write(row, position, ids[position]);
      if (this.#pieces.hasFull) yield* this.#pieces.take();
    }
    this.#stretch = [];
  }

  /** Loads the results of the stretch. Returns the ids it was looked up by, or why a row has none. */
  #lookUp(): readonly (string | Fault | undefined)[] {
    const { arena, checksIds } = this.#input;
    const places: number[] = [];
    const ids = this.#stretch.map((row, position) => {
      if (isRejectedRow(row) || row.rejection !== undefined) return undefined;
      places[position] = row.line;
      return row.id ?? this.#idOf(row);
    });
    const customIds = ids.map((id) => (typeof id === 'string' ? id : undefined));
    // An id that the provider would have refused went on the wire as its safe stand-in.
    const standIn = (position: number): string => safeCustomId(fromIdText(customIds[position] ?? ''));
    arena.load({ customIds, standIn, ...(checksIds ? { places } : {}) });
    return ids;
  }

  /** The id of a row that does not show it. */
  #idOf(row: RowText): string | Fault {
    const found = this.#input.idOf(this.#input.rows.recordOf(row));
    return 'id' in found ? toIdText(found.id) : { ...found, customId: '' };
  }

  #write(row: RowText, position: number, id: string | Fault | undefined): void {
    const { arena, report } = this.#input;
    this.#pieces.write(row.text);
    if (arena.found(position)) {
      this.#pieces.copyTail(arena, position);
      report.addOutcome(arena.summary(position));
      this.#met += 1;
      this.#records += 1;
    } else this.#pieces.write(this.#otherTail(row, position, id));
  }

  /** The tail of a row that has no result. */
  #otherTail(row: RowText, position: number, id: string | Fault | undefined): string {
    if (row.rejection !== undefined) return this.#unreadable(row.rejection);
    this.#records += 1;
    if (typeof id === 'object') return this.#reject(row, id);
    const customId = fromIdText(id ?? '');
    this.#sampleId ??= customId;
    const earlier = this.#input.arena.earlier(position);
    return earlier === undefined ? this.#print({ status: 'missing', customId }) : this.#rejectDuplicate(row, customId, earlier);
  }

  #rejectDuplicate(row: RowText, customId: string, earlier: number): string {
    return this.#reject(row, { code: 'duplicate_custom_id', message: duplicateOf(row, customId, earlier), customId });
  }

  /** The row takes no part: it has no id, or that of an earlier one. */
  #reject(row: RowText, { code, message, customId }: Fault): string {
    const { index, line, value } = this.#input.rows.recordOf(row);
    this.#input.onRecordReject({ code, message, index, customId, value, ...(line === undefined ? {} : { line }) });
    return this.#print(rejected(customId, code, message));
  }

  #unreadable(rejection: Rejection): string {
    this.#count(rejection);
    const { code, message } = rejection;
    return this.#input.arena.print({ status: 'rejected', reason: code, customId: '', error: { code, message } });
  }

  #count(rejection: Rejection): void {
    this.#input.report.addRejection(rejection);
    this.#input.onRecordReject(rejection);
  }

  #print(outcome: Outcome): string {
    this.#input.report.addOutcome(outcome);
    return this.#input.arena.print(outcome);
  }
}
