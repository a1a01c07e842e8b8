import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { readLines } from '../records/lines.ts';
import type { Rejection } from '../records/record.ts';
import { ShardFile } from './shard-file.ts';

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

/**
 * Writes the source records of a run to stretches, so that the join needs one stretch at a time and works for sources that
 * cannot be read twice or have changed since. One JSON array a line:
 * `[index, customId, shard, line | null, value | null, rejection?]`.
 */
export class StretchWriter {
  readonly #directory: string;
  readonly #recordsPerStretch: number;
  readonly #onStretch: (stretch: Stretch) => void;
  #file: ShardFile | undefined;
  #count = 0;
  #number = 0;

  constructor(directory: string, recordsPerStretch: number, onStretch: (stretch: Stretch) => void) {
    this.#directory = directory;
    this.#recordsPerStretch = recordsPerStretch;
    this.#onStretch = onStretch;
  }

  /** Adds a record whose value is JSON text already. */
  add({ index, customId, shard, line, rejection }: Omit<SpooledRecord, 'value'>, valueText = 'null'): void {
    this.#file ??= this.#start();
    const reason = rejection ? `,${JSON.stringify(rejection)}` : '';
    this.#file.write(`[${index},${JSON.stringify(customId)},${shard},${line ?? null},${valueText}${reason}]\n`);
    this.#count += 1;
    if (this.#count === this.#recordsPerStretch) this.end();
  }

  end(): void {
    const file = this.#file;
    if (!file) return;
    file.finish();
    this.#onStretch({ number: this.#number, path: file.path, recordCount: this.#count, bytes: file.bytes });
    this.#file = undefined;
    this.#count = 0;
  }

  abort(): void {
    this.#file?.discard();
    this.#file = undefined;
  }

  #start(): ShardFile {
    this.#number += 1;
    return new ShardFile(join(this.#directory, stretchName(this.#number)));
  }
}

export function stretchName(number: number): string {
  return `stretch-${String(number).padStart(6, '0')}.jsonl`;
}

/** The records of a stretch, in source order. */
export async function* readStretch(path: string): AsyncGenerator<SpooledRecord, void, undefined> {
  for await (const lines of readLines(createReadStream(path, { highWaterMark: 256 * 1024 }))) {
    for (const { bytes } of lines) yield parseSpooled(bytes.toString());
  }
}

type SpooledFields = [number, string, number, number | null, unknown, Rejection?];

function parseSpooled(text: string): SpooledRecord {
  // Written by StretchWriter and renamed only when whole, so the shape is known.
  const [index, customId, shard, line, value, rejection] = JSON.parse(text) as SpooledFields;
  return {
    index,
    customId,
    shard,
    ...(line === null ? {} : { line }),
    ...(value === null ? {} : { value }),
    ...(rejection ? { rejection } : {}),
  };
}
