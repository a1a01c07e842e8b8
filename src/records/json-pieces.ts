import type { Position } from './position.ts';

/** A piece of a JSON text, with the position of its first character. */
export interface JsonPiece extends Position {
  readonly bytes: Buffer;
}

const LF = 0x0a;
const CLOSING_BRACE = 0x7d;

/**
 * Cuts a JSON text after each `}` and each line feed. A piece never spans lines, so that whatever it holds stands on a known
 * line, and an object ends a piece, so that a syntax error in the next one cannot take it along. Inside a string a
 * `}` is a harmless cut; no cut ever divides a character.
 */
export class JsonPieces {
  #pending: Buffer[] = [];
  #line: number;
  #column: number;

  /** @param start where the text begins, if it is not the start of a file */
  constructor({ line, column }: Position = { line: 1, column: 1 }) {
    this.#line = line;
    this.#column = column;
  }

  push(chunk: Buffer): JsonPiece[] {
    const pieces: JsonPiece[] = [];
    let start = 0;
    let brace = chunk.indexOf(CLOSING_BRACE);
    let feed = chunk.indexOf(LF);
    while (brace !== -1 || feed !== -1) {
      const end = 1 + (feed === -1 || (brace !== -1 && brace < feed) ? brace : feed);
      pieces.push(this.#finish(chunk.subarray(start, end)));
      start = end;
      if (brace !== -1 && brace < end) brace = chunk.indexOf(CLOSING_BRACE, end);
      if (feed !== -1 && feed < end) feed = chunk.indexOf(LF, end);
    }
    if (start < chunk.length) this.#pending.push(chunk.subarray(start));
    return pieces;
  }

  /** Where the next piece begins. */
  get position(): Position {
    return { line: this.#line, column: this.#column };
  }

  end(): JsonPiece[] {
    return this.#pending.length === 0 ? [] : [this.#finish(Buffer.alloc(0))];
  }

  #finish(tail: Buffer): JsonPiece {
    const bytes = this.#pending.length === 0 ? tail : Buffer.concat([...this.#pending, tail]);
    this.#pending = [];
    const piece = { bytes, line: this.#line, column: this.#column };
    if (bytes.at(-1) === LF) {
      this.#line += 1;
      this.#column = 1;
    } else {
      // Columns count characters, as editors do; only a piece that ends within its line needs counting.
      this.#column += bytes.toString('utf8').length;
    }
    return piece;
  }
}
