import { mustQuote, quoted } from '../records/canonical-csv.ts';
import { fieldKind } from '../records/csv-bounds.ts';
import type { CsvScan } from '../records/csv-scan.ts';

/** Gives rows of CSV the text that the writer would give them. Fast because no field is cut out of a row that has it already. */
export class CanonicalRows {
  readonly #delimiter: string;
  readonly #mustQuote: (cell: string) => boolean;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#mustQuote = mustQuote(delimiter);
  }

  /** The text of a row that was scanned, in byte text, without line feed. */
  textOf(scan: CsvScan, row: number): string {
    return this.#isCanonical(scan, row) ? scan.row(row) : this.#rewrite(scan, row);
  }

  /** True if every cell is quoted where it must be, and nowhere else. */
  #isCanonical(scan: CsvScan, row: number): boolean {
    if (scan.widths[row] !== scan.width) return false;
    const { text, fieldStarts, fieldEnds, fieldKinds } = scan;
    const last = (row + 1) * scan.width;
    let quote = scan.hasQuote[row] === 0 ? Infinity : (scan.starts[row] ?? 0) - 1;
    for (let at = row * scan.width; at < last; at += 1) {
      const start = fieldStarts[at] ?? 0;
      const end = fieldEnds[at] ?? 0;
      if (fieldKinds[at] === fieldKind.bare) {
        if (start === end) continue;
        if (quote < start) quote = text.indexOf('"', start);
        // No delimiter and no line break ends up in a cell without quotes.
        const isPlain = !(quote < end && quote !== -1) && isInk(text.charCodeAt(start)) && isInk(text.charCodeAt(end - 1));
        if (!isPlain && this.#mustQuote(text.slice(start, end))) return false;
      } else if (fieldKinds[at] === fieldKind.quoted && !this.#needsQuotes(text, start, end)) return false;
    }
    return true;
  }

  /** For a cell in quotes: the next delimiter is in it, or not far behind. */
  #needsQuotes(text: string, start: number, end: number): boolean {
    const delimiter = text.indexOf(this.#delimiter, start);
    return (delimiter !== -1 && delimiter < end) || this.#mustQuote(text.slice(start, end));
  }

  /** A row cell by cell: as the writer would quote it, and with the empty cells that it lacks. */
  #rewrite(scan: CsvScan, row: number): string {
    const cells: string[] = [];
    for (let column = 0; column < scan.width; column += 1) {
      const cell = scan.field(row, column);
      cells.push(this.#mustQuote(cell) ? quoted(cell) : cell);
    }
    return cells.join(this.#delimiter);
  }
}

/** True for a byte that is no space, and no part of one. */
function isInk(byte: number): boolean {
  return byte > 0x20 && byte < 0x80;
}
