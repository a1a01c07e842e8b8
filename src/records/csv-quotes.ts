/** How a CSV text is written. `quote` is empty where quotes mean nothing. */
export interface Dialect {
  readonly delimiter: string;
  readonly quote: string;
}

/** A quote that breaks a record: text stands after a closing one, or an opening one is never closed. */
export interface BrokenQuote {
  readonly kind: 'text_after_quote' | 'unclosed';
  /** Character offset of that text, or of the opening quote. */
  readonly offset: number;
}

/** Finds what is wrong with the quotes of one record, if anything. A quote inside an unquoted field is text: `5" pipe`. */
export function findBrokenQuote(record: string, { delimiter, quote }: Dialect): BrokenQuote | undefined {
  let field = 0;
  while (field < record.length) {
    let end = field;
    if (record.startsWith(quote, field)) {
      const close = closingQuote(record, field + 1, quote);
      if (close === -1) return { kind: 'unclosed', offset: field };
      end = close + 1;
      if (!endsField(record, end, delimiter)) return { kind: 'text_after_quote', offset: end };
    }
    const next = record.indexOf(delimiter, end);
    if (next === -1) return undefined;
    field = next + delimiter.length;
  }
  return undefined;
}

function closingQuote(record: string, from: number, quote: string): number {
  let at = record.indexOf(quote, from);
  while (at !== -1 && record.startsWith(quote, at + 1)) at = record.indexOf(quote, at + 2);
  return at;
}

function endsField(record: string, at: number, delimiter: string): boolean {
  return at === record.length || record.startsWith(delimiter, at) || record[at] === '\n' || record[at] === '\r';
}
