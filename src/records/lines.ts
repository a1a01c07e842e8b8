const LF = 0x0a;

/** One line of a byte stream. */
export interface Line {
  /** The bytes without the line feed; a carriage return before it is kept. Valid as long as you hold it. */
  readonly bytes: Buffer;
  /** 1-based. */
  readonly number: number;
  /** Byte offset of the line's first byte in the stream. */
  readonly offset: number;
  /** False for a last line that no line feed ends. */
  readonly terminated: boolean;
}

/**
 * Cuts byte chunks into lines at byte 0x0A and nowhere else: U+2028, U+2029 and NEL inside a line are text.
 * (Node's `readline` splits on some of them, so it must not be used for JSONL: nodejs/node#62785.)
 * A line that spans chunks is put together once, when its end is found: time is linear in its length.
 */
export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lineOffset = 0;
  #lineNumber = 1;

  /** The lines that end in this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      lines.push(this.#finish(chunk.subarray(start, end), true));
      start = end + 1;
    }
    if (start < chunk.length) {
      const rest = chunk.subarray(start);
      this.#pending.push(rest);
      this.#pendingBytes += rest.length;
    }
    return lines;
  }

  /** The last line, if the stream did not end in a line feed. */
  end(): Line[] {
    return this.#pendingBytes === 0 ? [] : [this.#finish(Buffer.alloc(0), false)];
  }

  #finish(tail: Buffer, terminated: boolean): Line {
    const bytes = this.#pendingBytes === 0 ? tail : Buffer.concat([...this.#pending, tail]);
    const line = { bytes, number: this.#lineNumber, offset: this.#lineOffset, terminated };
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#lineNumber += 1;
    this.#lineOffset += bytes.length + 1;
    return line;
  }
}

/** The lines of a byte stream, one array for each chunk that ends at least one. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[], void, undefined> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks) {
    const lines = splitter.push(chunk);
    if (lines.length > 0) yield lines;
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
}
