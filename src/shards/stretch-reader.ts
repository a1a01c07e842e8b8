import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StateError } from '../errors.ts';
import type { CsvBlock } from '../records/csv-block.ts';
import { CsvBlocks } from '../records/csv-blocks.ts';
import type { JsonBlock } from '../records/json-block.ts';
import { JsonArrayBlocks } from '../records/json-array-blocks.ts';
import { JsonlBlocks } from '../records/jsonl-blocks.ts';
import { readLines } from '../records/lines.ts';
import type { Rejection } from '../records/record.ts';
import type { RowBlocks } from '../records/row-blocks.ts';
import { customIdOf } from '../requests/custom-id.ts';
import { compileField } from '../requests/field.ts';
import { defaultCustomId } from '../requests/safe-id.ts';
import { type RowFormat, type StretchFacts, type StretchPart, trailerDigits } from './stretch-parts.ts';
import type { SpooledRecord } from './stretch.ts';

const readBytes = 256 * 1024;

/** Some records of a stretch: read already, or rows as they stand in the source, all of which have a request. */
export type StretchBlock = { readonly records: readonly SpooledRecord[]; readonly rows?: undefined } | { readonly rows: StretchRows; readonly records?: undefined };

/** What of the records is wanted. */
export interface StretchOptions {
  /** False where the values of rows are not looked at, and need not be made. @default true */
  readonly values?: boolean;
}

/** The records of a stretch, in source order. */
export async function* readStretch(path: string, { values = true }: StretchOptions = {}): AsyncGenerator<SpooledRecord, void, undefined> {
  for await (const { records, rows } of readStretchBlocks(path)) yield* records ?? rows.records(values);
}

/**
 * The same, many records at a time, and rows of the source without making values of them. A block of rows is valid until the next one is
 * asked for.
 */
export async function* readStretchBlocks(path: string): AsyncGenerator<StretchBlock, void, undefined> {
  if (path.endsWith('.rows')) return yield* readParts(path);
  for await (const lines of readLines(createReadStream(path, { highWaterMark: readBytes }))) yield { records: lines.map(({ bytes }) => parseSpooled(bytes.toString())) };
}

async function* readParts(path: string): AsyncGenerator<StretchBlock, void, undefined> {
  const file = await open(path);
  try {
    const facts = await readFacts(file);
    let start = 0;
    for (const part of facts.parts) {
      if (part.rows === undefined) yield* readRecords(file, start, part);
      else yield* readRows(file, start, part, facts);
      start += part.bytes;
    }
  } finally {
    await file.close();
  }
}

async function readFacts(file: FileHandle): Promise<StretchFacts> {
  const { size } = await file.stat();
  const trailer = trailerDigits + 1;
  const length = Number((await readAt(file, size - trailer, trailer)).toString());
  // Written by StretchWriter and renamed only when whole, so the shape is known.
  return JSON.parse((await readAt(file, size - trailer - length, length)).toString()) as StretchFacts;
}

async function* readRecords(file: FileHandle, start: number, { bytes }: StretchPart): AsyncGenerator<StretchBlock, void, undefined> {
  for await (const lines of readLines(pieces(file, start, bytes))) yield { records: lines.map((line) => parseSpooled(line.bytes.toString())) };
}

async function* readRows(file: FileHandle, start: number, { bytes, rows }: StretchPart, { format, idField }: StretchFacts): AsyncGenerator<StretchBlock, void, undefined> {
  if (rows === undefined || format === undefined) return;
  const blocks = blocksOf(format, rows.line);
  let passed = 0;
  for (let at = 0; ; at += readBytes) {
    const isLast = at >= bytes;
    for (const block of blocks.read(isLast ? Buffer.alloc(0) : await readAt(file, start + at, Math.min(readBytes, bytes - at)), isLast)) {
      yield { rows: new StretchRows(block, { ...rows, passed }, idField) };
      passed += block.rows;
    }
    if (isLast) break;
  }
  if ((blocks.odd ?? blocks.release()).length > 0) throw new StateError('run_damaged', 'A stretch of the run holds rows that cannot be read: its file was changed.');
}

function blocksOf(format: RowFormat, line: number): RowBlocks<CsvBlock | JsonBlock> {
  if (format.kind !== 'csv') return format.kind === 'json' ? JsonArrayBlocks.ofPiece(line) : new JsonlBlocks(undefined, line);
  return new CsvBlocks({ delimiter: format.delimiter, quote: format.quote, maxRecordBytes: Infinity }, { line, header: format.header });
}

async function* pieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < length; at += readBytes) yield readAt(file, start + at, Math.min(readBytes, length - at));
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/** Rows of a stretch as they stand in the source. */
export class StretchRows {
  /** The rows: their bytes, and where each stands. */
  readonly block: CsvBlock | JsonBlock;
  /** Index of the first row. */
  readonly index: number;
  readonly #shards: readonly number[];
  /** The field that holds the custom_id; none where the index makes it. */
  readonly idField: string | undefined;
  readonly #idColumn: number;

  constructor(block: CsvBlock | JsonBlock, rows: NonNullable<StretchPart['rows']> & { readonly passed: number }, idField: string | undefined) {
    this.block = block;
    this.index = rows.index + rows.passed;
    this.#shards = shardsOf(rows.shards, rows.passed, block.rows);
    this.idField = idField;
    this.#idColumn = idField === undefined || block.kind === 'json' ? -1 : compileField(idField).columnIn(block.header);
  }

  /** Number of the shard that holds the request of a row. */
  shardOf(row: number): number {
    return this.#shards[row] ?? 0;
  }

  customIdOf(row: number): string {
    if (this.idField === undefined) return defaultCustomId(this.index + row);
    const { block } = this;
    if (block.kind === 'csv' && this.#idColumn !== -1 && block.isAscii) return block.scan.field(row, this.#idColumn);
    return customIdOf<unknown>(this.idField)({ index: this.index + row, value: block.valueOf(row) });
  }

  /** @param values whether the values of rows are wanted too */
  *records(values: boolean): Generator<SpooledRecord, void, undefined> {
    const { block } = this;
    for (let row = 0; row < block.rows; row += 1) {
      const value = values ? block.valueOf(row) : undefined;
      yield { index: this.index + row, customId: this.customIdOf(row), shard: this.shardOf(row), line: block.line + (block.lines[row] ?? 0), value };
    }
  }
}

function shardsOf(runs: readonly { readonly shard: number; readonly count: number }[], skipped: number, count: number): number[] {
  const shards: number[] = [];
  let skip = skipped;
  for (const { shard, count: length } of runs) {
    const from = Math.min(skip, length);
    skip -= from;
    for (let at = from; at < length && shards.length < count; at += 1) shards.push(shard);
    if (shards.length === count) break;
  }
  return shards;
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
