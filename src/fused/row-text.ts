import type { Rejection, SourceRecord } from '../records/record.ts';

/** A row of a source on its way into an output of the same format: its text there, open for the result that follows. */
export interface RowText {
  readonly index: number;
  /** 1-based. */
  readonly line: number;
  /** Byte text: the cells without the line feed, or the JSON object with a comma in place of its last brace. */
  readonly text: string;
  /** Byte text of the field that names the record; left out where only the record itself can say. */
  readonly id?: string;
  /** The record, where the row had to be parsed; else `recordOf` makes it. */
  readonly record?: SourceRecord;
  /** Why the row cannot be used although its fields are known: it keeps its place, and has no result. */
  readonly rejection?: Rejection;
}

/** Reads rows without making records of them, wherever the text of a row can be moved as it stands. */
export interface RowTextReader {
  /** Memory to read the next bytes to, while those before are still in use; `undefined` where they are kept. */
  room(): Buffer | undefined;
  /** The rows that end in these bytes, in order, and what is wrong with those that cannot be read. */
  push(bytes: Buffer): readonly (RowText | Rejection)[];
  end(): readonly (RowText | Rejection)[];
  /** What stands before the first row: the header, once it was read. */
  readonly headerText: string;
  /** True once no more rows are wanted. */
  readonly full: boolean;
  /** The record of a row. */
  recordOf(row: RowText): SourceRecord;
}

export function isRejectedRow(row: RowText | Rejection): row is Rejection {
  return 'code' in row;
}
