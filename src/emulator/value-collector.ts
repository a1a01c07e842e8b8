const [QUOTE, BACKSLASH, LBRACE, RBRACE, LBRACKET, RBRACKET, COMMA] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c];

/**
 * Finds the end of one JSON value in bytes that come in pieces, minding strings, escapes and nesting; whether it is valid JSON
 * is for the parser to say. UTF-8 needs no care: no byte of a longer character looks like one of these.
 */
export class ValueCollector {
  #parts: Buffer[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #began = false;
  #isScalar = false;

  /** Takes bytes from `start`. @returns where the value ends in this chunk (the index after it), or `undefined` if it goes on */
  take(chunk: Buffer, start: number): number | undefined {
    for (let at = start; at < chunk.length; at += 1) {
      const end = this.#endAt(chunk[at] ?? 0, at);
      if (end === undefined) continue;
      this.#parts.push(chunk.subarray(start, end));
      return end;
    }
    this.#parts.push(chunk.subarray(start));
    return undefined;
  }

  /** The bytes of the value that ended; the next `take` begins a new one. */
  finish(): Buffer {
    const [only, ...others] = this.#parts;
    const bytes = only !== undefined && others.length === 0 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#began = false;
    this.#isScalar = false;
    return bytes;
  }

  /** Looks at one byte at `at`. @returns the index after the value, if it ends here */
  #endAt(byte: number, at: number): number | undefined {
    if (this.#inString) return this.#inStringAt(byte, at);
    if (!this.#began) this.#begin(byte);
    if (this.#isScalar) return isDelimiter(byte) ? at : undefined;
    if (byte === QUOTE) this.#inString = true;
    else if (byte === LBRACE || byte === LBRACKET) this.#depth += 1;
    else if (byte === RBRACE || byte === RBRACKET) {
      this.#depth -= 1;
      if (this.#depth === 0) return at + 1;
    }
    return undefined;
  }

  #inStringAt(byte: number, at: number): number | undefined {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#depth === 0) return at + 1;
    }
    return undefined;
  }

  #begin(byte: number): void {
    this.#began = true;
    this.#isScalar = byte !== QUOTE && byte !== LBRACE && byte !== LBRACKET;
  }
}

/** What can stand after a number or a word. */
function isDelimiter(byte: number): boolean {
  return byte === COMMA || byte === RBRACE || byte === RBRACKET || byte <= 0x20;
}
