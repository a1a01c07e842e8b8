import type { FileHandle } from 'node:fs/promises';
import type { AsyncBuffer, Compressors, FileMetaData, ParquetScan } from 'hyparquet';
import { systemCodeOf } from '../errors.ts';
import { loadOptional } from './optional-package.ts';

/** Some consecutive rows, as decoded columns. */
export interface ColumnRange {
  readonly names: readonly string[];
  readonly columns: readonly ArrayLike<unknown>[];
  readonly rows: number;
}

/** What is decoded at a time, in cells and in uncompressed bytes: it bounds the memory, not the row groups of the writer. */
const maxCells = 500_000;
const maxBytes = 64 * 1024 * 1024;

/** Reads a Parquet file by row group, and large row groups in parts. */
export async function* readRanges(handle: FileHandle): AsyncGenerator<ColumnRange, void, undefined> {
  const { parquetMetadataAsync, parquetScan, parquetSchema } = await loadOptional('hyparquet', () => import('hyparquet'));
  const compressors = await loadCompressors();
  const file = await fileBuffer(handle);
  const metadata = await parquetMetadataAsync(file);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  for (const [rowStart, rowEnd] of rangesOf(metadata, names.length)) {
    // A scan keeps the columns it read last, so that each range has one of its own, and its memory is given back.
    // Bytes without a text type would be decoded as UTF-8, and damaged where they are none.
    const scan = await parquetScan({ file, metadata, rowStart, rowEnd, utf8: false, ...(compressors === undefined ? {} : { compressors }) });
    yield await readRange(scan, names, rowStart, rowEnd);
  }
}

/** One column after the other: what decoding needs on the way is held for one at a time. */
async function readRange(scan: ParquetScan, names: readonly string[], rowStart: number, rowEnd: number): Promise<ColumnRange> {
  const columns: ArrayLike<unknown>[] = [];
  for (const column of names) columns.push(await scan.readColumn({ column, rowStart, rowEnd }));
  return { names, columns, rows: rowEnd - rowStart };
}

function* rangesOf({ row_groups: groups }: FileMetaData, width: number): Generator<readonly [number, number]> {
  let start = 0;
  for (const group of groups) {
    const rows = Number(group.num_rows);
    const parts = Math.ceil(Math.max((rows * width) / maxCells, Number(group.total_byte_size) / maxBytes, 1));
    const step = Math.ceil(rows / parts);
    for (let row = 0; row < rows; row += step) yield [start + row, start + Math.min(row + step, rows)];
    start += rows;
  }
}

async function fileBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return { byteLength: size, slice: (start, end = size) => readBytes(handle, start, end) };
}

async function readBytes(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${start + filled}`);
    filled += bytesRead;
  }
  return bytes.buffer;
}

/** Snappy is read without it, so that the package is not asked for before a file needs it: hyparquet names the codec then. */
async function loadCompressors(): Promise<Compressors | undefined> {
  try {
    return (await import('hyparquet-compressors')).compressors;
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
