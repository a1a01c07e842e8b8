import { isUtf8 } from 'node:buffer';
import { CsvBlock } from './csv-block.ts';
import { CsvScan, fieldKind, type PlainDialect } from './csv-scan.ts';
import { makeHeader } from './header.ts';
import type { Header } from './record.ts';

/** Text that is scanned at a time: strings of this size still lie in V8's young generation. */
const windowBytes = 64 * 1024;

/** Where in a source some bytes stand: what was read before them says line and header. */
export interface CsvPlace {
  readonly line: number;
  readonly header: Header | undefined;
}

/**
 * Cuts the bytes of plain CSV, which come in chunks, into blocks of whole rows. It stops at the first row that is not plain, and gives
 * the bytes from there on back, for another reader to go on with.
 */
export class CsvBlocks {
  readonly #dialect: PlainDialect;
  /** The bytes since the start of the row that is not yet whole. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Less than this is not worth looking at: a long record is scanned anew only when it has doubled, so that time stays linear. */
  #enough = 0;
  #scan: CsvScan | undefined;
  header: Header | undefined;
  /** The line of the first byte that is not in a block yet. */
  line: number;
  /** The bytes from the first row on that is not plain, once it is met; then nothing more is read. */
  odd: Buffer | undefined;

  constructor(dialect: PlainDialect, { line, header }: CsvPlace = { line: 1, header: undefined }) {
    this.#dialect = dialect;
    this.line = line;
    this.header = header;
    if (header !== undefined) this.#scan = new CsvScan(dialect, header.keys.length);
  }

  /** The rows that end in a chunk; with `isLast`, the last row too. */
  *read(chunk: Buffer, isLast: boolean): Generator<CsvBlock, void, undefined> {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (!isLast && this.#heldBytes < this.#enough && this.#heldBytes <= this.#dialect.maxRecordBytes) return;
    const bytes = this.#held.length === 1 ? chunk : Buffer.concat(this.#held, this.#heldBytes);
    const start = this.#scan === undefined ? this.#readHeader(bytes, isLast) : 0;
    const end = this.#scan === undefined || this.odd !== undefined ? start : yield* this.#readRows(bytes, start, this.#scan, isLast);
    this.#hold(bytes.subarray(end), end === 0);
  }

  #hold(rest: Buffer, isUnread: boolean): void {
    if (this.odd === undefined && rest.length > this.#dialect.maxRecordBytes) this.odd = rest;
    this.#held = this.odd === undefined && rest.length > 0 ? [rest] : [];
    this.#heldBytes = rest.length;
    this.#enough = isUnread ? rest.length * 2 : 0;
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
      if (end === 'odd') this.odd = bytes.subarray(from);
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
