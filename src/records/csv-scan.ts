import { CsvBounds, fieldKind } from './csv-bounds.ts';

const LF = 0x0a;
const CR = 0x0d;

/** How a table is written that {@link CsvScan} can read, and how far a record may go. */
export interface PlainDialect {
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character, or empty where quotes mean nothing. */
  readonly quote: string;
  /** In bytes. A longer record is odd. */
  readonly maxRecordBytes: number;
}

/** True for a dialect whose marks are single ASCII characters: in UTF-8 they are the same as bytes, and never part of another character. */
export function isPlainDialect({ delimiter, quote }: Pick<PlainDialect, 'delimiter' | 'quote'>): boolean {
  return /^[\t\x20-\x7e]$/.test(delimiter) && /^[\t\x20-\x7e]?$/.test(quote) && delimiter !== quote;
}

/** Why a scan ended: the text is used up, the arrays are full, or the next row is not plain. */
export type ScanEnd = 'end' | 'full' | 'odd';

const maxFields = 1 << 16;

/**
 * Finds rows and fields of a plain CSV text, and reads nothing else: bounds go to typed arrays, and a field is cut out only
 * when it is asked for.
 *
 * Fast because the text is a *byte string* (`latin1Slice`: one character for each byte, nothing is decoded), in which V8's `indexOf` for one
 * character runs at the speed of `memchr`. A row without quotes costs one such hop a field and one for its end; the positions
 * of the next quote and the next CR are remembered, so that rows without them never look for one.
 *
 * A row is plain if it ends in LF or CRLF, quotes whole fields or none of them, has no lone CR outside quotes, and is not longer
 * than `maxRecordBytes`. At a row that is not, the scan ends with `odd`: what it means is for csv-parse to say, which reads on from
 * there. Blank lines are skipped. Whether bytes are UTF-8 is not looked at.
 *
 * @example
 * const scan = new CsvScan({ delimiter: ',', quote: '"', maxRecordBytes: Infinity }, header.keys.length);
 * scan.scan(bytes.latin1Slice(), 0, true);
 * for (let row = 0; row < scan.rows; row += 1) ids.push(scan.field(row, 0));
 */
export class CsvScan extends CsvBounds {
  readonly #maxRows: number;
  readonly #delimiter: string;
  readonly #quoteCode: number;
  readonly #maxRecordBytes: number;
  /** Offset and line of the row that is looked at. */
  #at = 0;
  #line = 0;
  #isLast = false;
  /** Offset of the next delimiter, quote and CR from here on; the length of the text if there is none. */
  #nextDelimiter = 0;
  #nextQuote = 0;
  #nextReturn = 0;
  /** Whether the quoted field that was closed last has doubled quotes. */
  #hasDoubled = false;

  /** @param width how many fields of a row are kept: those of the header */
  constructor({ delimiter, quote, maxRecordBytes }: PlainDialect, width: number) {
    super(quote, width);
    this.#maxRows = Math.max(1, Math.floor(maxFields / width));
    this.#delimiter = delimiter;
    this.#quoteCode = quote === '' ? -1 : quote.charCodeAt(0);
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** True if fields are separated and quoted by these characters. */
  isOf(delimiter: string, quote: string): boolean {
    return this.#delimiter === delimiter && this.quote === quote;
  }

  /**
   * Scans from an offset at which a row starts.
   *
   * @param isLast whether the text is the end of the source, so that a row may end without a line break
   */
  scan(text: string, from: number, isLast: boolean, maxRows = Infinity): ScanEnd {
    this.text = text;
    this.#isLast = isLast;
    this.#nextDelimiter = this.#find(this.#delimiter, from);
    this.#nextQuote = this.quote === '' ? text.length : this.#find(this.quote, from);
    this.#nextReturn = this.#find('\r', from);
    this.rows = 0;
    this.next = from;
    this.nextLine = 0;
    this.#at = from;
    this.#line = 0;
    while (this.#skipBlankLines()) {
      if (this.rows === maxRows || this.rows === this.#maxRows) return 'full';
      if (this.rows === this.starts.length) this.grow(Math.min(this.#maxRows, Math.max(16, this.rows * 4)));
      const end = this.#scanRow(this.#at);
      if (end !== undefined) return end;
    }
    // What is left is nothing, or a CR: a line feed may still follow it.
    return this.#at === text.length || (!isLast && this.#at + 1 === text.length) ? 'end' : 'odd';
  }

  /** Steps over empty lines; false at the end of the text, and before a lone CR, which is no plain line end. */
  #skipBlankLines(): boolean {
    const text = this.text;
    for (; this.#at < text.length; this.#line += 1) {
      const code = text.charCodeAt(this.#at);
      if (code === LF) this.#at += 1;
      else if (code !== CR) return true;
      else if (text.charCodeAt(this.#at + 1) === LF) this.#at += 2;
      else return false;
    }
    return false;
  }

  /** Takes the row at an offset; what ended the scan, if it is not whole or not plain. */
  #scanRow(start: number): ScanEnd | undefined {
    const text = this.text;
    const feed = text.indexOf('\n', start);
    const limit = feed === -1 ? text.length : feed;
    if (this.#nextQuote < start) this.#nextQuote = this.#find(this.quote, start);
    if (this.#nextReturn < start) this.#nextReturn = this.#find('\r', start);
    if (this.#nextQuote < limit || this.#nextReturn < limit - 1) return this.#scanCarefully(start, limit);
    if (feed === -1 && !this.#isLast) return 'end';
    // A CR at the very end of the text is a lone one.
    if (this.#nextReturn < limit && feed === -1) return 'odd';
    return this.#scanBare(start, this.#nextReturn < limit ? limit - 1 : limit, feed === -1 ? limit : limit + 1);
  }

  /** A row without quotes: one hop for each field. */
  #scanBare(start: number, limit: number, end: number): ScanEnd | undefined {
    if (end - start > this.#maxRecordBytes) return 'odd';
    const text = this.text;
    const delimiter = this.#delimiter;
    const { width, fieldStarts, fieldEnds, fieldKinds } = this;
    const first = this.rows * width;
    let column = 0;
    let surplus = 0;
    let from = start;
    let to = this.#nextDelimiter < start ? this.#find(delimiter, start) : this.#nextDelimiter;
    for (; to < limit; column += 1) {
      if (column < width) {
        fieldStarts[first + column] = from;
        fieldEnds[first + column] = to;
        fieldKinds[first + column] = 0;
      } else if (to > from) surplus = 1;
      from = to + 1;
      to = text.indexOf(delimiter, from);
      if (to === -1) to = text.length;
    }
    this.#nextDelimiter = to;
    if (column < width) {
      fieldStarts[first + column] = from;
      fieldEnds[first + column] = limit;
      fieldKinds[first + column] = 0;
    } else if (limit > from) surplus = 1;
    this.hasQuote[this.rows] = 0;
    this.#finishRow(start, end, column + 1, surplus, 1);
    return undefined;
  }

  /** A row with a quote or a CR in it: field by field. */
  #scanCarefully(start: number, firstFeed: number): ScanEnd | undefined {
    const text = this.text;
    let column = 0;
    let surplus = 0;
    let breaks = 0;
    let feed = firstFeed;
    for (let from = start; ; column += 1) {
      const isQuoted = text.charCodeAt(from) === this.#quoteCode;
      const close = isQuoted ? this.#closingQuote(from + 1) : from;
      if (close === -1) return this.#isLast ? 'odd' : 'end';
      const behind = isQuoted ? close + 1 : from;
      if (feed < behind) feed = this.#find('\n', behind);
      if (this.#nextDelimiter < behind) this.#nextDelimiter = this.#find(this.#delimiter, behind);
      const isDelimited = this.#nextDelimiter < feed;
      const stop = isDelimited ? this.#nextDelimiter : feed;
      if (stop === text.length && !this.#isLast) return this.#isBroken(behind, stop, isQuoted) ? 'odd' : 'end';
      const hasReturn = !isDelimited && stop > behind && stop < text.length && text.charCodeAt(stop - 1) === CR;
      const limit = hasReturn ? stop - 1 : stop;
      if (this.#isBroken(behind, limit, isQuoted)) return 'odd';
      if (isQuoted) breaks += this.#countBreaks(from + 1, close);
      const fieldEnd = isQuoted ? close : limit;
      const fieldStart = isQuoted ? from + 1 : from;
      if (column < this.width) this.#setField(column, fieldStart, fieldEnd, isQuoted);
      else if (fieldEnd > fieldStart) surplus = 1;
      from = stop + 1;
      if (isDelimited) continue;
      const end = Math.min(from, text.length);
      if (end - start > this.#maxRecordBytes) return 'odd';
      this.hasQuote[this.rows] = 1;
      this.#finishRow(start, end, column + 1, surplus, breaks + 1);
      return undefined;
    }
  }

  /** True if there is text between a closing quote and the end of the field, or a CR in a field without quotes. */
  #isBroken(from: number, to: number, isQuoted: boolean): boolean {
    if (isQuoted) return to > from && !(to === this.text.length && !this.#isLast && to - from === 1 && this.text.charCodeAt(from) === CR);
    if (this.#nextReturn < from) this.#nextReturn = this.#find('\r', from);
    return this.#nextReturn < to && !(this.#nextReturn === this.text.length - 1 && !this.#isLast);
  }

  #setField(column: number, start: number, end: number, isQuoted: boolean): void {
    const at = this.rows * this.width + column;
    this.fieldStarts[at] = start;
    this.fieldEnds[at] = end;
    this.fieldKinds[at] = isQuoted ? (this.#hasDoubled ? fieldKind.doubled : fieldKind.quoted) : fieldKind.bare;
  }

  #finishRow(start: number, end: number, count: number, surplus: number, breaks: number): void {
    const row = this.rows;
    this.starts[row] = start;
    this.ends[row] = end;
    this.lines[row] = this.#line;
    this.widths[row] = count;
    this.surplus[row] = surplus;
    for (let at = row * this.width + count; at < (row + 1) * this.width; at += 1) {
      this.fieldStarts[at] = end;
      this.fieldEnds[at] = end;
      this.fieldKinds[at] = fieldKind.bare;
    }
    this.rows = row + 1;
    this.#at = end;
    this.#line += breaks;
    this.next = end;
    this.nextLine = this.#line;
  }

  /** Offset of the quote that closes a field, or -1. */
  #closingQuote(from: number): number {
    const text = this.text;
    this.#hasDoubled = false;
    let at = text.indexOf(this.quote, from);
    while (at !== -1 && text.charCodeAt(at + 1) === this.#quoteCode) {
      this.#hasDoubled = true;
      at = text.indexOf(this.quote, at + 2);
    }
    // At the very end of a text that goes on, the next byte may double it.
    return at === text.length - 1 && !this.#isLast ? -1 : at;
  }

  /** Line breaks inside quotes: CR, LF and CRLF each count once. */
  #countBreaks(from: number, to: number): number {
    const text = this.text;
    let count = 0;
    for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
    if (this.#nextReturn < from) this.#nextReturn = this.#find('\r', from);
    for (; this.#nextReturn < to; this.#nextReturn = this.#find('\r', this.#nextReturn + 1)) {
      if (text.charCodeAt(this.#nextReturn + 1) !== LF) count += 1;
    }
    return count;
  }

  #find(character: string, from: number): number {
    const at = this.text.indexOf(character, from);
    return at === -1 ? this.text.length : at;
  }
}
