import { join } from 'node:path';
import type { RowBlock } from '../records/row-block.ts';
import type { Loan } from './loan.ts';
import { ShardFile } from './shard-file.ts';
import type { ShardRun } from './sharder.ts';
import type { RowFormat, StretchPart } from './stretch-parts.ts';
import { trailerDigits } from './stretch-parts.ts';
import { type SpooledRecord, type Stretch, stretchName } from './stretch.ts';
import type { WriteQueue } from './write-queue.ts';

/** Rows of a block, from one up to another. */
export interface RowRange {
  readonly block: RowBlock;
  readonly from: number;
  readonly to: number;
  /** Index of the first of them. */
  readonly index: number;
  readonly shards: readonly ShardRun[];
  /** Of the bytes of the block. */
  readonly loan?: Loan;
}

/** What makes rows readable again: with it, a stretch can keep them as they stand. */
export interface KeepRows {
  /** The field that holds the custom_id. */
  readonly idField?: string;
}

export interface StretchWriterOptions {
  /** Existing directory for the stretches. */
  readonly directory: string;
  readonly recordsPerStretch: number;
  /** Called with each stretch when the last of it is handed to its file. */
  readonly onStretch: (stretch: Stretch) => void;
  /** @default records are kept as JSON */
  readonly keepRows?: KeepRows | undefined;
  /** Where files are written meanwhile; then a stretch is whole once the queue is idle. @default each block is written at once */
  readonly queue?: WriteQueue;
}

interface OpenPart {
  readonly start: number;
  records: number;
  rows?: { readonly index: number; readonly line: number; readonly shards: ShardRun[] };
  /** Line of the source behind its last row, where another row may follow. */
  nextLine?: number;
}

/**
 * Writes the source records of a run to stretches, so that the join needs one stretch at a time and works for sources that
 * cannot be read twice or have changed since.
 *
 * Records are kept one JSON array a line: `[index, customId, shard, line | null, value | null, rejection?]`, in a `.jsonl` file. With
 * `keepRows` a stretch is a `.rows` file: rows of the source that have a request are copied as they stand, many at a time, because
 * printing each as JSON would cost as much as all the rest of a build. Records that are not rows, or were rejected, stand between them as
 * JSON; which part is what, and where its records went, is written behind (`StretchFacts`).
 */
export class StretchWriter {
  readonly #options: StretchWriterOptions;
  #file: ShardFile | undefined;
  #format: RowFormat | undefined;
  #parts: StretchPart[] = [];
  #part: OpenPart | undefined;
  #count = 0;
  #number = 0;

  constructor(options: StretchWriterOptions) {
    this.#options = options;
  }

  /** True if rows can be kept as they stand. */
  get keepsRows(): boolean {
    return this.#options.keepRows !== undefined;
  }

  /** Adds a record whose value is JSON text already. */
  add({ index, customId, shard, line, rejection }: Omit<SpooledRecord, 'value'>, valueText = 'null'): void {
    const file = (this.#file ??= this.#start());
    if (this.#part?.rows !== undefined) this.#closePart(file);
    this.#part ??= { start: file.bytes, records: 0 };
    const reason = rejection ? `,${JSON.stringify(rejection)}` : '';
    file.write(`[${index},${JSON.stringify(customId)},${shard},${line ?? null},${valueText}${reason}]\n`);
    this.#counted(this.#part, 1);
  }

  /** Adds rows as they stand; each is a record that has a request. Only with `keepRows`. */
  addRows(range: RowRange, format: RowFormat): void {
    this.#format = format;
    const shards = [...range.shards];
    for (let { from, index } = range; from < range.to; ) {
      const taken = Math.min(range.to - from, this.#options.recordsPerStretch - this.#count);
      this.#copy({ ...range, from, to: from + taken, index, shards: takeRuns(shards, taken) });
      from += taken;
      index += taken;
    }
  }

  end(): void {
    const file = this.#file;
    if (!file) return;
    this.#closePart(file);
    if (this.#options.keepRows !== undefined) this.#writeFacts(file);
    file.finish();
    this.#options.onStretch({ number: this.#number, path: file.path, recordCount: this.#count, bytes: file.bytes });
    this.#file = undefined;
    this.#parts = [];
    this.#count = 0;
  }

  abort(): void {
    this.#file?.discard();
    this.#file = undefined;
  }

  #copy({ block, from, to, index, shards, loan }: RowRange): void {
    const file = (this.#file ??= this.#start());
    const line = block.line + (block.lines[from] ?? 0);
    const rows = this.#part?.rows;
    const follows = rows !== undefined && this.#part?.nextLine === line && rows.index + this.#part.records === index;
    if (!follows) this.#closePart(file);
    const part = (this.#part ??= { start: file.bytes, records: 0, rows: { index, line, shards: [] } });
    for (const run of shards) addRun(part.rows?.shards ?? [], run);
    file.writeBytes(block.bytes.subarray(block.starts[from], block.ends[to - 1]), loan);
    if (to === block.rows) part.nextLine = block.nextLine;
    else part.nextLine = block.line + (block.lines[to] ?? 0);
    this.#counted(part, to - from);
  }

  #counted(part: OpenPart, records: number): void {
    part.records += records;
    this.#count += records;
    if (this.#count === this.#options.recordsPerStretch) this.end();
  }

  #closePart(file: ShardFile): void {
    const part = this.#part;
    if (part === undefined) return;
    this.#parts.push({ bytes: file.bytes - part.start, records: part.records, ...(part.rows === undefined ? {} : { rows: part.rows }) });
    this.#part = undefined;
  }

  #writeFacts(file: ShardFile): void {
    const facts = `${JSON.stringify({ parts: this.#parts, format: this.#format, ...this.#options.keepRows })}\n`;
    file.write(`${facts}${String(Buffer.byteLength(facts)).padStart(trailerDigits, '0')}\n`);
  }

  #start(): ShardFile {
    this.#number += 1;
    const { directory, keepRows, queue } = this.#options;
    return new ShardFile(join(directory, stretchName(this.#number, keepRows === undefined ? '.jsonl' : '.rows')), { isHashed: false, queue });
  }
}

/** Takes runs that make up a number of requests off the front of a list. */
function takeRuns(runs: ShardRun[], count: number): ShardRun[] {
  const taken: ShardRun[] = [];
  for (let left = count; left > 0; ) {
    const first = runs.shift();
    if (first === undefined) break;
    if (first.count > left) runs.unshift({ shard: first.shard, count: first.count - left });
    taken.push({ shard: first.shard, count: Math.min(left, first.count) });
    left -= first.count;
  }
  return taken;
}

function addRun(runs: ShardRun[], { shard, count }: ShardRun): void {
  const last = runs.at(-1);
  if (last?.shard === shard) runs[runs.length - 1] = { shard, count: last.count + count };
  else runs.push({ shard, count });
}
