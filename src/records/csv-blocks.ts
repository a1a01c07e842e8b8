import { isUtf8 } from 'node:buffer';
import { CsvBlock } from './csv-block.ts';
import { fieldKind } from './csv-bounds.ts';
import { CsvScan, type PlainDialect } from './csv-scan.ts';
import { makeHeader } from './header.ts';
import type { Header } from './record.ts';
import { RowBlocks, windowBytes } from './row-blocks.ts';

/** Where in a source some bytes stand: what was read before them says line and header. */
export interface CsvPlace {
  readonly line: number;
  readonly header: Header | undefined;
}

/** The rows of plain CSV, in blocks, up to the first row that is not plain. */
export class CsvBlocks extends RowBlocks<CsvBlock> {
  readonly #dialect: PlainDialect;
  #scan: CsvScan | undefined;
  header: Header | undefined;

  constructor(dialect: PlainDialect, { line, header }: CsvPlace = { line: 1, header: undefined }) {
    super(line, dialect.maxRecordBytes);
    this.#dialect = dialect;
    this.header = header;
    if (header !== undefined) this.#scan = new CsvScan(dialect, header.keys.length);
  }

  protected get isReady(): boolean {
    return this.#scan !== undefined;
  }

  protected *scan(bytes: Buffer, start: number, isLast: boolean): Generator<CsvBlock, number, undefined> {
    const from = this.#scan === undefined ? this.#readHeader(bytes, isLast) : start;
    return this.#scan === undefined || this.odd !== undefined ? from : yield* this.#readRows(bytes, from, this.#scan, isLast);
  }

  /** Reads the first row; returns the offset behind it, or 0 while it is not whole. */
  #readHeader(bytes: Buffer, isLast: boolean): number {
    for (let size = windowBytes; ; size *= 2) {
      const isWhole = size >= bytes.length;
      const text = bytes.toString('latin1', 0, size);
      // As many columns as there could be.
      const scan = new CsvScan(this.#dialect, text.split(this.#dialect.delimiter).length);
      const end = scan.scan(text, 0, isLast && isWhole, 1);
      if (scan.rows === 0 ? end === 'odd' : !isUtf8(bytes.subarray(0, scan.next))) this.odd = bytes;
      if (this.odd !== undefined || (scan.rows === 0 && isWhole)) return 0;
      if (scan.rows === 0) continue;
      this.header = makeHeader(Array.from({ length: scan.widths[0] ?? 0 }, (_, column) => fieldText(bytes, scan, column)));
      this.#scan = new CsvScan(this.#dialect, this.header.keys.length);
      this.line += scan.nextLine;
      return scan.next;
    }
  }

  /** Gives the whole rows; returns the offset behind the last one. */
  *#readRows(bytes: Buffer, start: number, scan: CsvScan, isLast: boolean): Generator<CsvBlock, number, undefined> {
    let from = start;
    for (let size = windowBytes; ; ) {
      const to = Math.min(from + size, bytes.length);
      const text = bytes.toString('latin1', from, to);
      const end = scan.scan(text, 0, isLast && to === bytes.length);
      if (scan.rows > 0 && this.header !== undefined) yield new CsvBlock(bytes.subarray(from, to), text, scan, this.header, this.line);
      from += scan.next;
      this.line += scan.nextLine;
      // What is odd is cut out of all bytes there are, where the reading ends.
      if (end === 'odd') this.odd = bytes;
      if (end === 'odd' || (end === 'end' && to === bytes.length)) return from;
      size = scan.next === 0 ? size * 2 : windowBytes;
    }
  }
}

/** A field of the first row of a scan. */
function fieldText(bytes: Buffer, scan: CsvScan, column: number): string {
  const text = bytes.toString('utf8', scan.fieldStarts[column], scan.fieldEnds[column]);
  return scan.fieldKinds[column] === fieldKind.doubled ? scan.undouble(text) : text;
}
