import type { ErrorCode } from '../errors.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** What a record holds when nothing more is known of it: a CSV row gives strings, JSON gives any JSON value. */
export interface AnyValue {
  readonly [field: string]: unknown;
}

/**
 * The header of a tabular source. `keys` are the property names that record values use, made unique and never blank
 * (`name`, `name_2`, `column_3`); `names` is the header as it stands in the file, so that output can repeat it unchanged.
 */
export interface Header {
  readonly keys: readonly string[];
  readonly names: readonly string[];
}

/** One input row with its position. */
export interface SourceRecord<T = AnyValue> {
  /** 0-based position among all rows of the source, those that could not be parsed included. */
  readonly index: number;
  readonly value: T;
  /** 1-based line of the source file on which the record starts, where the format has lines. */
  readonly line?: number;
  /** Header of the source, for formats that have one (CSV, TSV, Parquet). Shared by all its records. */
  readonly header?: Header;
}

class Row<T> implements SourceRecord<T> {
  readonly index: number;
  readonly value: T;
  declare readonly line?: number;
  declare readonly header?: Header;
  constructor(index: number, value: T, line?: number, header?: Header) {
    this.index = index;
    this.value = value;
    if (line !== undefined) this.line = line;
    if (header !== undefined) this.header = header;
  }
}

/** Makes a {@link SourceRecord}. */
export function sourceRecord<T>(index: number, value: T, line?: number, header?: Header): SourceRecord<T> {
  return new Row(index, value, line, header);
}

/** True for records made by {@link sourceRecord}; a plain object that happens to have `index` and `value` is a value. */
export function isSourceRecord(chunk: unknown): chunk is SourceRecord<unknown> {
  return chunk instanceof Row;
}

/**
 * A record or a line that found no place, and why. Stages hand it to their `onReject` option; `run`, `build` and `join`
 * count it and write it to the rejects side file.
 */
export interface Rejection {
  readonly code: ErrorCode;
  /** The lint rule that its request breaks, for `invalid_request`. */
  readonly rule?: string;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** 0-based record index, for source records. */
  readonly index?: number;
  readonly customId?: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** The text as it stood in the file. */
  readonly raw?: string;
  /** The record's fields, where they are known: such a record keeps its place in the output. */
  readonly value?: unknown;
  /** True if nothing after it could be read: how many records are missing is not known. */
  readonly endsSource?: boolean;
}

/** Receives what a stage rejects. Without one, the first rejection ends the stage with an error: nothing is dropped in silence. */
export type OnReject = (rejection: Rejection) => void;
