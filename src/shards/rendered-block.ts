import { CsvBlocks } from '../records/csv-blocks.ts';
import { JsonlBlocks } from '../records/jsonl-blocks.ts';
import type { RowSink } from '../records/parse-stage.ts';
import type { RowDialect } from '../records/read.ts';
import type { Header } from '../records/record.ts';
import type { RowBlock } from '../records/row-block.ts';
import type { Loan } from './loan.ts';

/** What another thread makes of a chunk. Arrays have an element for each row; all is in memory that both threads see. */
export interface Rendered {
  /** The chunk itself. */
  readonly chunk: Buffer;
  /** False if it does not end with a row, or not all of it is plain: then nothing else of this counts. */
  readonly isWhole: boolean;
  /** Lines that end in the chunk. */
  readonly breaks: number;
  readonly rows: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly lines: Int32Array;
  /** Where the request line of each begins, with its separator, and where the last ends; none where it is empty. */
  readonly offsets: Int32Array;
  readonly output: Buffer;
  /** The hashes of the ids, three words each, where there are ids. */
  readonly hashes: Uint32Array;
  /** Of chunk and output. */
  readonly loan: Loan;
}

/** How the rows of a chunk are to be read. */
export interface RowPlace {
  readonly dialect: RowDialect;
  readonly header: Header | undefined;
}

/** The reader of some rows. */
export function rowBlocks({ dialect, header }: RowPlace, line: number, fields?: readonly string[]): CsvBlocks | JsonlBlocks {
  if (dialect.kind !== 'csv') return new JsonlBlocks(fields, line);
  return new CsvBlocks({ delimiter: dialect.delimiter, quote: dialect.quote, maxRecordBytes: Infinity }, { line, header });
}

/** The rows of a chunk that another thread made lines of. */
export class RenderedBlock implements RowBlock {
  readonly kind: 'csv' | 'json';
  readonly bytes: Buffer;
  /** Not needed here. */
  readonly text = '';
  readonly rendered: Rendered;
  readonly line: number;
  readonly header: Header | undefined;
  readonly #place: RowPlace;

  constructor(rendered: Rendered, place: RowPlace, line: number) {
    this.kind = place.dialect.kind === 'csv' ? 'csv' : 'json';
    this.bytes = rendered.chunk;
    this.rendered = rendered;
    this.line = line;
    this.header = place.header;
    this.#place = place;
  }

  get rows(): number {
    return this.rendered.rows;
  }

  get starts(): Int32Array {
    return this.rendered.starts;
  }

  get ends(): Int32Array {
    return this.rendered.ends;
  }

  get lines(): Int32Array {
    return this.rendered.lines;
  }

  get nextLine(): number {
    return this.line + this.rendered.breaks;
  }

  /** True for a row that has a request line. */
  isSound(row: number): boolean {
    const { offsets } = this.rendered;
    return offsets[row] !== offsets[row + 1];
  }

  valueOf(row: number): object | undefined {
    for (const block of this.#read(row)) return block.valueOf(0);
    return undefined;
  }

  addTo(sink: RowSink, row: number): void {
    for (const block of this.#read(row)) block.addTo(sink, 0);
  }

  #read(row: number): Generator<RowBlock, void, undefined> {
    const bytes = this.bytes.subarray(this.rendered.starts[row], this.rendered.ends[row]);
    return rowBlocks(this.#place, this.line + (this.rendered.lines[row] ?? 0)).read(bytes, true);
  }
}
