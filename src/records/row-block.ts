import type { RowSink } from './parse-stage.ts';

/**
 * Rows of a source as they stand, found but not read: what a build works on that needs no record objects. Offsets are those of `bytes`
 * and of `text` alike, because `text` is a byte string (one character for each byte). Valid until the next block is asked for.
 */
export interface RowBlock {
  readonly kind: 'csv' | 'json';
  /** How many rows there are, those that turn out blank or broken included. */
  readonly rows: number;
  readonly bytes: Buffer;
  readonly text: string;
  /** For each row: offset of its first byte, offset after its line break, and lines before it in the block. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly lines: Int32Array;
  /** The line of the source on which the block begins, and the line after it; 1-based. */
  readonly line: number;
  readonly nextLine: number;
  /** False for a row that has to be read before anything can be said of it. */
  isSound(row: number): boolean;
  /** The value of a row, if it is a record. */
  valueOf(row: number): object | undefined;
  /** Gives a row to a sink as a record, or as a rejection, or not at all if it is blank. */
  addTo(sink: RowSink, row: number): void;
}
