import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasZstd } from '../../src/records/compression.ts';
import { type ZstdEnding, ZstdFrames } from '../../src/records/zstd-frames.ts';
import { cut } from './collect.ts';

// Made by hand after RFC 8878, each with another kind of header and content. Only those with a dictionary id cannot be decompressed.
const handmade: readonly (readonly [title: string, base64: string])[] = [
  ['one segment, a raw block', 'KLUv/SAGMQAAaGVsbG8K'],
  ['a window, an empty raw block before another, a checksum', 'KLUv/QRYAAAAGQAAaGkKND1Qkg=='],
  ['a repeated byte, which tells 4096 bytes and takes one', 'KLUv/WAADwOAAGE='],
  ['a dictionary id of two bytes and a content size of eight', 'KLUv/eI0EgMAAAAAAAAAGQAAaGkK'],
  ['a dictionary id of four bytes, a content size of four', 'KLUv/aN4VjQSAwAAABkAAGhpCg=='],
  ['a dictionary id of one byte, no content size', 'KLUv/QFYBxkAAGhpCg=='],
  ['a skippable frame', 'XypNGAMAAABhYmM='],
  ['an empty skippable frame', 'UCpNGAAAAAA='],
];
const frames = handmade.map(([, base64]) => Buffer.from(base64, 'base64'));

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

/** The pieces of a walk over chunks, and how it ended. */
function walk(chunks: readonly Buffer[]): { readonly pieces: Buffer[]; readonly ending: ZstdEnding } {
  const walker = new ZstdFrames();
  return { pieces: chunks.flatMap((chunk) => walker.split(chunk)), ending: walker.ending };
}

/** Positions in the bytes at which a piece or a frame ends. */
function endsOf(pieces: readonly Buffer[]): number[] {
  let end = 0;
  return pieces.map((piece) => (end += piece.length));
}

describe('each kind of frame is found, and misses its last byte', () => {
  for (const [title, base64] of handmade) {
    test(title, () => {
      const frame = Buffer.from(base64, 'base64');
      expect(walk([Buffer.concat([frame, frame])])).toEqual({ pieces: [frame, frame], ending: 'whole' });
      expect(walk([frame.subarray(0, -1)]).ending).toBe('cut');
    });
  }
});

test('no bytes are no file', () => {
  expect(walk([])).toEqual({ pieces: [], ending: 'cut' });
  expect(walk([Buffer.alloc(0)])).toEqual({ pieces: [], ending: 'cut' });
});

test('an empty chunk changes nothing', () => {
  const walker = new ZstdFrames();
  for (const frame of frames) expect([walker.split(frame), walker.split(Buffer.alloc(0)), walker.ending]).toEqual([[frame], [], 'whole']);
});

test('bytes that are no frame are passed on, and told', () => {
  const [frame = Buffer.alloc(0)] = frames;
  const foreign = Buffer.from('id,text\n1,a\n');
  expect(walk([Buffer.concat([frame, foreign]), frame])).toEqual({ pieces: [frame, foreign, frame], ending: 'foreign' });
  const reservedBlock = Buffer.from('28b52ffd2001070000', 'hex');
  expect(walk([Buffer.concat([reservedBlock, frame])]).ending).toBe('foreign');
});

/** Over every cut position and any chunking: no byte is lost, pieces end where frames do, the ending is told. */
function checkEveryCut(file: readonly Buffer[]): void {
  const bytes = Buffer.concat(file);
  const frameEnds = endsOf(file);
  fc.assert(
    fc.property(sizes, (chunkSizes) => {
      for (let end = 0; end <= bytes.length; end += 1) {
        const chunks = cut(bytes.subarray(0, end), chunkSizes);
        const { pieces, ending } = walk(chunks);
        expect(Buffer.concat(pieces).equals(bytes.subarray(0, end))).toBe(true);
        const expected = new Set([...endsOf(chunks), ...frameEnds.filter((frameEnd) => frameEnd <= end)]);
        expect(endsOf(pieces)).toEqual([...expected].sort((left, right) => left - right));
        expect(ending).toBe(frameEnds.includes(end) ? 'whole' : 'cut');
      }
    }),
    { numRuns: 20 },
  );
}

describe('every cut position, in any chunking', () => {
  test('of frames made by hand', () => checkEveryCut(frames));

  test.runIf(hasZstd)('of frames made by Node', () => {
    const { zstdCompressSync, constants } = zlib as unknown as {
      readonly zstdCompressSync: (text: string, options?: { readonly params: Readonly<Record<number, number>> }) => Buffer;
      readonly constants: { readonly ZSTD_c_checksumFlag: number; readonly ZSTD_c_contentSizeFlag: number };
    };
    const bare = { params: { [constants.ZSTD_c_contentSizeFlag]: 0, [constants.ZSTD_c_checksumFlag]: 1 } };
    const words = Array.from({ length: 20 }, (_, index) => `${index},some text\n`).join('');
    const large = zstdCompressSync('0123456789'.repeat(40_000));
    checkEveryCut([zstdCompressSync(words), zstdCompressSync(words, bare), zstdCompressSync(''), large, zstdCompressSync('a'.repeat(300_000), bare)]);
  });
});
