/** How a file ends: with a frame, within one, or in bytes that are none. */
export type ZstdEnding = 'whole' | 'cut' | 'foreign';

/**
 * Finds where the frames of a Zstandard file end, as its bytes pass; nothing is held. Layout by RFC 8878, section 3.1:
 * frames stand one after another, each of a header and blocks that tell their sizes, so nothing has to be decoded.
 */
export class ZstdFrames {
  #frame = frameFields();
  #fieldLength = 0;
  #fieldLeft = 0;
  #fieldValue = 0;
  #whole = false;

  constructor() {
    this.#nextField();
  }

  /** How the bytes so far end. No bytes at all are `cut`: an empty file is no Zstandard file. */
  get ending(): ZstdEnding {
    if (this.#whole) return 'whole';
    return this.#fieldLeft === Infinity ? 'foreign' : 'cut';
  }

  /** The chunk in pieces without copying, cut at the end of each frame. Foreign bytes are passed on. */
  split(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let start = 0;
    for (let end = 0; end < chunk.length; ) {
      end += this.#take(chunk, end);
      this.#whole = this.#fieldLeft === 0 && this.#nextField();
      if (!this.#whole && end < chunk.length) continue;
      pieces.push(chunk.subarray(start, end));
      start = end;
    }
    return pieces;
  }

  /** Takes what the chunk has of the present field; returns how many bytes that are. */
  #take(chunk: Buffer, offset: number): number {
    const taken = Math.min(this.#fieldLeft, chunk.length - offset);
    // Longer fields are content: nobody asks for their value.
    if (this.#fieldLength <= 4) this.#fieldValue += chunk.readUIntLE(offset, taken) * 256 ** (this.#fieldLength - this.#fieldLeft);
    this.#fieldLeft -= taken;
    return taken;
  }

  /** Goes to the next field that has bytes; true if that is the first one of a new frame. */
  #nextField(): boolean {
    const { done, value } = this.#frame.next(this.#fieldValue);
    this.#fieldValue = 0;
    if (done === true) {
      this.#frame = frameFields();
      this.#nextField();
      return true;
    }
    this.#fieldLength = value;
    this.#fieldLeft = value;
    return value === 0 && this.#nextField();
  }
}

const frameMagic = 0xfd2fb528;
// The last four bits are free.
const skippableMagic = 0x184d2a50;

/** Yields the length of each field of a frame in bytes, and is given the little-endian value of those up to four bytes long. */
function* frameFields(): Generator<number, void, number> {
  const magic = yield 4;
  if (magic >= skippableMagic && magic <= skippableMagic + 15) {
    yield yield 4;
    return;
  }
  if (magic !== frameMagic) yield Infinity; // where another frame begins cannot be known
  const descriptor = yield 1;
  yield headerLength(descriptor);
  for (let last = false; !last; ) {
    const block = yield 3;
    last = block % 2 === 1;
    yield contentLength(block);
  }
  if ((descriptor & 0b100) !== 0) yield 4; // the checksum
}

/** Bytes between the frame header's descriptor and the first block: window, dictionary id, content size. */
function headerLength(descriptor: number): number {
  const singleSegment = (descriptor & 0b10_0000) !== 0;
  const window = singleSegment ? 0 : 1;
  const dictionaryId = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return window + dictionaryId + contentSize;
}

/** Bytes between a block's header and the next block. */
function contentLength(block: number): number {
  const type = (block >> 1) & 0b11;
  if (type === 1) return 1; // one byte that is repeated; the size says how often
  // Type 3 is reserved, its length unknown.
  return type === 3 ? Infinity : block >> 3;
}
