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
import type { Pieces } from './pieces.ts';
import { isRejectedRow, type RowText, type RowTextReader } from './row-text.ts';

export interface SpliceInput {
  readonly chunks: AsyncIterable<Buffer>;
  readonly rows: RowTextReader;
  /** Where the output is put together. */
  readonly pieces: Pieces;
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
 * Joins a source with its results as bytes: the text of each row, and behind it the finished text of its result.
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

/** An id that the provider would have refused went on the wire as its safe stand-in. */
const standInOf = (id: string): string => safeCustomId(fromIdText(id));

/** Why a record takes no part. */
interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly customId: string;
}

class Splicer {
  readonly #input: SpliceInput;
  readonly #pieces: Pieces;
  #records = 0;
  #met = 0;
  /** An id that found no result, if any. */
  #sampleId: string | undefined;
  #hasBegun = false;

  constructor(input: SpliceInput) {
    this.#input = input;
    this.#pieces = input.pieces;
  }

  /** Adds what was read since the last time. */
  *add(found: readonly (RowText | Rejection)[]): Generator<Buffer, void, undefined> {
    if (found.length > 0) this.#begin();
    for (const row of found) {
      if (isRejectedRow(row)) this.#count(row);
      else this.#write(row);
      if (this.#pieces.hasFull) yield* this.#pieces.take();
    }
  }

  *end(): Generator<Buffer, void, undefined> {
    this.#begin();
    yield* this.#pieces.end();
    finishJoin(this.#input.index, { records: this.#records, met: this.#met, sampleId: this.#sampleId }, this.#input.onLineReject);
  }

  /** The header is known once there are rows, or can be none. */
  #begin(): void {
    if (!this.#hasBegun) this.#pieces.write(this.#input.rows.headerText);
    this.#hasBegun = true;
  }

  #write(row: RowText): void {
    this.#pieces.write(row.text);
    if (row.rejection !== undefined) {
      this.#pieces.write(this.#unreadable(row.rejection));
      return;
    }
    this.#records += 1;
    const id = row.id ?? this.#idOf(row);
    if (typeof id === 'string') this.#writeTail(row, id);
    else this.#pieces.write(this.#reject(row, id));
  }

  #writeTail(row: RowText, id: string): void {
    const { arena, report, checksIds } = this.#input;
    const line = arena.lineOf(id, standInOf, checksIds ? row.line : undefined);
    if (line !== -1) {
      report.addOutcome(arena.append(line, id, this.#pieces));
      this.#met += 1;
      return;
    }
    const customId = fromIdText(id);
    this.#sampleId ??= customId;
    this.#pieces.write(arena.earlier === undefined ? this.#print({ status: 'missing', customId }) : this.#rejectDuplicate(row, customId, arena.earlier));
  }

  /** The id of a row that does not show it. */
  #idOf(row: RowText): string | Fault {
    const found = this.#input.idOf(this.#input.rows.recordOf(row));
    return 'id' in found ? toIdText(found.id) : { ...found, customId: '' };
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
