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
    const length = this.#heldBytes + chunk.length;
    if (!isLast && length < this.#enough && length <= this.#dialect.maxRecordBytes) return this.#hold(chunk);
    let [bytes, from] = this.#isSeam(chunk) ? yield* this.#readSeam(chunk) : [this.#joined(chunk), 0];
    if (this.#scan === undefined) from = this.#readHeader(bytes, isLast);
    if (this.#scan !== undefined && this.odd === undefined) from = yield* this.#readRows(bytes, from, this.#scan, isLast);
    this.#held = [];
    this.#heldBytes = 0;
    const rest = bytes.subarray(from);
    if (this.odd !== undefined || rest.length > this.#dialect.maxRecordBytes) this.odd = rest;
    else this.#hold(rest);
    this.#enough = from === 0 ? rest.length * 2 : 0;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length > 0) this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #joined(chunk: Buffer): Buffer {
    return this.#held.length === 0 ? chunk : Buffer.concat([...this.#held, chunk]);
  }

  /** True if it saves copying to read the row that the chunk ends apart from the rest of it. */
  #isSeam(chunk: Buffer): boolean {
    return this.#held.length > 0 && this.#scan !== undefined && chunk.length > windowBytes;
  }

  /** Reads what is held together with the first window of a chunk; returns bytes and from where on to go on. */
  *#readSeam(chunk: Buffer): Generator<CsvBlock, [Buffer, number], undefined> {
    const held = this.#heldBytes;
    const seam = this.#joined(chunk.subarray(0, windowBytes));
    const end = this.#scan === undefined ? 0 : yield* this.#readRows(seam, 0, this.#scan, false);
    return end < held ? [this.#joined(chunk), end] : [chunk, end - held];
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
