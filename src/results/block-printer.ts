import { lineWords, positionIn, readParts } from './line-list.ts';
import { noParts, type KnownShape, type ScannedParts, type TokenCounts } from './line-scanner.ts';
import { mustBeParsed, type ScannedTails, type ShapeTail } from './scanned-tails.ts';

/** Lines whose tails are made together. */
export const blockLines = 64;
/** From this length on the text of a line is not kept: it is read when it is wanted. */
export const longSpan = 4096;
/** Bytes from the first to the last text of a block: where more lies between them, reading it all does not pay. */
export const maxBlockBytes = 512 * 1024;
const quote = 0x22;

/** Words of a printed line: where its tail begins and ends in the block, its shape, five counts, each plus 1. They stand in one line of the processor's cache. */
export const entryWords = 8;

/** The counts of a printed line. @param at where its words begin */
export function readCounts(entries: Uint32Array, at: number, counts: TokenCounts): void {
  counts.inputTokens = (entries[at + 3] ?? 0) - 1;
  counts.outputTokens = (entries[at + 4] ?? 0) - 1;
  counts.cachedTokens = (entries[at + 5] ?? 0) - 1;
  counts.cacheWriteTokens = (entries[at + 6] ?? 0) - 1;
  counts.reasoningTokens = (entries[at + 7] ?? 0) - 1;
}

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
   * The tails of the lines of a block, one behind the other; none for a line that is not among the bytes, or must be parsed.
   *
   * @param words of the lines @param text of the bytes from a position on @param entries take `entryWords` words for each line, from an index on
   */
  print(words: Uint32Array, text: string, from: number, entries: Uint32Array, first: number): string {
    let tails = '';
    for (let at = 0, to = first; at < words.length; at += lineWords, to += entryWords) {
      entries[to] = tails.length;
      tails += this.#tailOf(words, at, text, from);
      entries[to + 1] = tails.length;
      const { shape, inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = this.#parts;
      entries[to + 2] = shape;
      entries[to + 3] = inputTokens + 1;
      entries[to + 4] = outputTokens + 1;
      entries[to + 5] = cachedTokens + 1;
      entries[to + 6] = cacheWriteTokens + 1;
      entries[to + 7] = reasoningTokens + 1;
    }
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
