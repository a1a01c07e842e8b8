import type { Rejection } from '../records/record.ts';

/** Consecutive source records that are joined together, kept as a file beside the shards. */
export interface Stretch {
  /** 1-based. */
  readonly number: number;
  readonly path: string;
  readonly recordCount: number;
  readonly bytes: number;
}

/** In place of a shard number: the record may be in any. */
export const anyShard = -1;

/** A source record as the run remembers it. */
export interface SpooledRecord {
  readonly index: number;
  readonly customId: string;
  /** Number of the shard that holds its request; 0 if it was rejected, `anyShard` if another tool made the requests. */
  readonly shard: number;
  /** 1-based source line. */
  readonly line?: number;
  /** Absent where the source row could not be read. */
  readonly value?: unknown;
  /** Why it was never sent. */
  readonly rejection?: Rejection;
}

export function stretchName(number: number, extension: '.jsonl' | '.rows'): string {
  return `stretch-${String(number).padStart(6, '0')}${extension}`;
}
