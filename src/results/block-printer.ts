import { lineWords, positionIn, readParts } from './line-list.ts';
import { noParts, type KnownShape, type ScannedParts } from './line-scanner.ts';
import { mustBeParsed, type ScannedTails, type ShapeTail } from './scanned-tails.ts';

/** Lines whose tails are made together. */
export const blockLines = 64;
/** From this length on the text of a line is not kept: it is read when it is wanted. */
export const longSpan = 4096;
/** Bytes from the first to the last text of a block: where more lies between them, reading it all does not pay. */
export const maxBlockBytes = 512 * 1024;
const quote = 0x22;

/** Prints the tails of lines that follow each other, up to the ids. */
export class BlockPrinter {
  readonly #tails: ScannedTails;
  readonly #shapes: readonly (KnownShape | undefined)[];
  readonly #shapeTails: (ShapeTail | undefined)[] = [];
  readonly #parts = noParts();

  /** @param shapes by number; more may be added later */
  constructor(tails: ScannedTails, shapes: readonly (KnownShape | undefined)[]) {
    this.#tails = tails;
    this.#shapes = shapes;
  }

  /** What the lines of a shape have in common; `undefined` for a shape that is not known here. */
  shapeTail(number: number): ShapeTail | undefined {
    const shape = this.#shapes[number];
    return (this.#shapeTails[number] ??= shape && this.#tails.shapeTail(shape));
  }

  /**
   * The tails of the lines of a block, one behind the other; empty for one that is not among the bytes, and for one that must be parsed.
   *
   * @param words of the lines @param text of the bytes from a position on @param offsets take where each tail begins, and the last one ends
   */
  print(words: Uint32Array, text: string, from: number, offsets: Int32Array): string {
    let tails = '';
    const count = words.length / lineWords;
    for (let line = 0; line < count; line += 1) {
      offsets[line] = tails.length;
      tails += this.#tailOf(words, line * lineWords, text, from);
    }
    offsets.fill(tails.length, count);
    return tails;
  }

  #tailOf(words: Uint32Array, at: number, text: string, from: number): string {
    const parts = this.#parts;
    const shape = readParts(words, at, parts) ? this.shapeTail(parts.shape) : undefined;
    if (shape === undefined || shape.hasEmbedding) return '';
    if (parts.spanLength === 0) return shape.hasText ? '' : this.#tails.head(shape, '', parts);
    const start = positionIn(words, at) + parts.spanStart - from;
    const end = start + parts.spanLength;
    // Without its quotes the file was changed since it was scanned.
    if (!isShort(parts) || start < 1 || text.charCodeAt(start - 1) !== quote || text.charCodeAt(end) !== quote) return '';
    const span = text.slice(start, end);
    return mustBeParsed(shape, span) ? '' : this.#tails.head(shape, span, parts);
  }
}

/**
 * The bytes of a block that are worth to be read at once: the texts of lines that are near to each other, in one file.
 *
 * @param words of the lines @param fileEnd where the file ends that a position is in
 */
export function boundsOf(words: Uint32Array, fileEnd: (position: number) => number, parts: ScannedParts): { readonly position: number; readonly length: number } {
  let from = -1;
  let to = 0;
  let limit = 0;
  for (let at = 0; at < words.length; at += lineWords) {
    if (!readParts(words, at, parts) || !isShort(parts)) continue;
    const start = positionIn(words, at) + parts.spanStart - 1;
    if (from === -1) {
      from = start;
      limit = Math.min(start + maxBlockBytes, fileEnd(start));
    }
    const end = start + parts.spanLength + 2;
    if (end > limit) break;
    to = end;
  }
  return from === -1 ? { position: 0, length: 0 } : { position: from, length: Math.max(0, to - from) };
}

function isShort({ spanLength }: ScannedParts): boolean {
  return spanLength > 0 && spanLength < longSpan;
}
