const LF = 0x0a;

/** Whole rows, as far as can be told without reading them. */
export interface Chunk {
  /** The bytes: copies of what was left before, and what came last. */
  readonly parts: readonly Buffer[];
  /** How many rows there are, if none of them is blank. */
  readonly rows: number;
}

/**
 * Cuts bytes at line feeds that stand outside quotes, by counting quotes. That is a guess: a quote inside a text that is not quoted is
 * counted too. Whoever reads the chunk finds out, because then its last row is not whole.
 */
export class ChunkCutter {
  readonly #quote: number;
  readonly #countsRows: boolean;
  #held: Buffer[] = [];
  #isInside = false;
  #rows = 0;

  /** @param quote empty where quotes mean nothing */
  constructor(quote: string, countsRows: boolean) {
    this.#quote = quote === '' ? -1 : quote.charCodeAt(0);
    this.#countsRows = countsRows;
  }

  /** The rows that end in some bytes. */
  push(bytes: Buffer): Chunk | undefined {
    const quotes = this.#quotesIn(bytes);
    const end = this.#cut(bytes, quotes);
    if (this.#countsRows) this.#rows += this.#countRows(bytes, quotes, end);
    if (quotes.length % 2 === 1) this.#isInside = !this.#isInside;
    if (end === 0) {
      this.#held.push(Buffer.from(bytes));
      return undefined;
    }
    const chunk = { parts: [...this.#held, bytes.subarray(0, end)], rows: this.#rows };
    this.#held = end < bytes.length ? [Buffer.from(bytes.subarray(end))] : [];
    this.#rows = 0;
    return chunk;
  }

  /** What is left. */
  release(): Buffer {
    const rest = Buffer.concat(this.#held);
    this.#held = [];
    return rest;
  }

  #quotesIn(bytes: Buffer): number[] {
    const quotes: number[] = [];
    if (this.#quote === -1) return quotes;
    for (let at = bytes.indexOf(this.#quote); at !== -1; at = bytes.indexOf(this.#quote, at + 1)) quotes.push(at);
    return quotes;
  }

  /** Offset behind the last line feed outside quotes; 0 if there is none. */
  #cut(bytes: Buffer, quotes: readonly number[]): number {
    let end = bytes.length;
    // Behind an even number of quotes it is as at the start.
    for (let count = quotes.length; count >= 0; count -= 1) {
      const start = count === 0 ? 0 : (quotes[count - 1] ?? 0) + 1;
      const isOutside = (count % 2 === 1) === this.#isInside;
      const feed = isOutside && end > start ? bytes.lastIndexOf(LF, end - 1) : -1;
      if (feed >= start) return feed + 1;
      end = start - 1;
    }
    return 0;
  }

  #countRows(bytes: Buffer, quotes: readonly number[], end: number): number {
    let rows = 0;
    let next = 0;
    for (let at = bytes.indexOf(LF); at !== -1 && at < end; at = bytes.indexOf(LF, at + 1)) {
      while (next < quotes.length && (quotes[next] ?? 0) < at) next += 1;
      if ((next % 2 === 1) === this.#isInside) rows += 1;
    }
    return rows;
  }
}
