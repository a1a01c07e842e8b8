const LF = 0x0a;
const CR = 0x0d;

/** What a field looks like in the text. */
export const fieldKind = { bare: 0, quoted: 1, doubled: 2 } as const;

/** The rows and fields that a scan found in a text: bounds in typed arrays, which are used again for the next text. */
export class CsvBounds {
  /** The text that was scanned last. */
  text = '';
  /** Rows found by the last scan. */
  rows = 0;
  /** Offset after the last row, and how many lines there are before it since the start of the scan. */
  next = 0;
  nextLine = 0;
  /** For each row: offset of its first byte, offset after its line break, lines before it, and number of fields. */
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  lines = new Int32Array(0);
  widths = new Int32Array(0);
  /** For each row 1 if a field beyond the width is not empty. */
  surplus = new Uint8Array(0);
  /** For each row 1 if there is a quote in it. */
  hasQuote = new Uint8Array(0);
  /** For the field in `row * width + column`: its bounds, without the quotes around it, and its kind. A field that a short row lacks is empty. */
  fieldStarts = new Int32Array(0);
  fieldEnds = new Int32Array(0);
  fieldKinds = new Uint8Array(0);
  /** How many fields of a row are kept. */
  readonly width: number;
  /** The quote of the dialect; empty where there is none. */
  readonly quote: string;
  readonly #quoteText: string;
  /** An expression, because V8 replaces those in one pass, where it puts strings together match by match for texts. */
  readonly #doubledQuote: RegExp;

  constructor(quote: string, width: number) {
    this.width = width;
    this.quote = quote;
    // In a replacement text, two dollar signs stand for one.
    this.#quoteText = quote === '$' ? '$$' : quote;
    const literal = quote.replace(/[^\w\s]/, String.raw`\$&`);
    this.#doubledQuote = new RegExp(literal + literal, 'g');
  }

  /** The bytes of a field as a byte string, quotes taken off and doubled ones undone. */
  field(row: number, column: number): string {
    const text = this.rawField(row, column);
    return this.fieldKinds[row * this.width + column] === fieldKind.doubled ? this.undouble(text) : text;
  }

  /** The same with doubled quotes as they stand. */
  rawField(row: number, column: number): string {
    const at = row * this.width + column;
    return this.text.slice(this.fieldStarts[at], this.fieldEnds[at]);
  }

  /** The bytes of a row as it stands, without its line break. */
  row(row: number): string {
    const feed = (this.ends[row] ?? 0) - 1;
    if (this.text.charCodeAt(feed) !== LF) return this.text.slice(this.starts[row], feed + 1);
    return this.text.slice(this.starts[row], this.text.charCodeAt(feed - 1) === CR ? feed - 1 : feed);
  }

  /** Undoes doubled quotes in the text of a field, however it was decoded. */
  undouble(text: string): string {
    return text.replace(this.#doubledQuote, this.#quoteText);
  }

  /** Makes room for more rows; those that are there stay. */
  protected grow(capacity: number): void {
    this.starts = longer(this.starts, capacity);
    this.ends = longer(this.ends, capacity);
    this.lines = longer(this.lines, capacity);
    this.widths = longer(this.widths, capacity);
    this.surplus = longer(this.surplus, capacity);
    this.hasQuote = longer(this.hasQuote, capacity);
    this.fieldStarts = longer(this.fieldStarts, capacity * this.width);
    this.fieldEnds = longer(this.fieldEnds, capacity * this.width);
    this.fieldKinds = longer(this.fieldKinds, capacity * this.width);
  }
}

function longer<Numbers extends Int32Array | Uint8Array>(numbers: Numbers, length: number): Numbers {
  // Both kinds of array make one of their own kind.
  const copy = new (numbers.constructor as new (length: number) => Numbers)(length);
  copy.set(numbers);
  return copy;
}
