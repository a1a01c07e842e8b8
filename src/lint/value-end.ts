const [SPACE, QUOTE, BACKSLASH, COMMA] = [0x20, 0x22, 0x5c, 0x2c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Finds where a JSON value ends, minding strings and nesting. No byte of a longer character looks like one of those it looks for. */
export class ValueEnd {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #began = false;

  /** The offset behind the value, or -1 if it goes on in the next chunk. */
  find(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#depth === 0) return this.#done(at + 1);
        }
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.#depth === 0) return this.#done(at);
        this.#depth -= 1;
        if (this.#depth === 0) return this.#done(at + 1);
      } else if (this.#depth === 0 && this.#began && (byte === COMMA || byte <= SPACE)) {
        return this.#done(at);
      }
      this.#began = true;
    }
    return -1;
  }

  #done(end: number): number {
    this.#depth = 0;
    this.#began = false;
    return end;
  }
}
