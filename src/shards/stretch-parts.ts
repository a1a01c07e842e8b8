import type { Header } from '../records/record.ts';
import type { ShardRun } from './sharder.ts';

/** How the rows of a source are written, so that they can be read again. */
export type RowFormat = { readonly kind: 'csv'; readonly delimiter: string; readonly quote: string; readonly header: Header } | { readonly kind: 'jsonl' | 'json' };

/**
 * A part of a stretch that keeps its source as it stands. It begins with rows of the source, byte for byte, of records that all have a
 * request; or with records one JSON array a line (see `StretchWriter`), where `rows` is absent.
 */
export interface StretchPart {
  readonly bytes: number;
  readonly records: number;
  readonly rows?: {
    /** Index of the first record, and the line of the source on which it starts. */
    readonly index: number;
    readonly line: number;
    /** Where the records went, in order. */
    readonly shards: readonly ShardRun[];
  };
}

/** What stands behind the parts of such a stretch, as one line of JSON. */
export interface StretchFacts {
  readonly parts: readonly StretchPart[];
  /** How its rows are written; absent where it has none. */
  readonly format?: RowFormat;
  /** The field that holds the custom_id. @default the index of the record makes it */
  readonly idField?: string;
}

/** Digits at the very end of such a stretch, with a line feed behind: how many bytes the facts before it have. */
export const trailerDigits = 12;
