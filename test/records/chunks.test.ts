import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCsv } from '../../src/records/csv.ts';
import { parseJson } from '../../src/records/json.ts';
import { parseJsonl } from '../../src/records/jsonl.ts';
import { cut, parseAll } from './collect.ts';

/** Texts made of the pieces that go wrong when they are cut: quotes, line ends, wide characters, escapes, broken bytes. */
const csvPiece = fc.constantFrom('a', ',', '"', '""', '\n', '\r\n', '\r', 'é', '😀', '\u2028', ' ', '"x,\r\ny"', '1,"b"\n', '"\n', '\uFFFD');
const jsonlPiece = fc.constantFrom('{"a":1}', '\n', '\r\n', '{"t":"é😀\u2028}{"}', '{"t":"\\u00e9\\n"}', '[1]', '{"a":', ' ', 'no', '\uFEFF');
const jsonPiece = fc.constantFrom('{"a":1}', ',', '{"t":"é😀}{\\n"}', '{"n":[-1.5e3,true,null]}', '\n', ' ', '12', '"x"', ']', '[', '{');
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const brokenBytes = fc.constantFrom(Buffer.alloc(0), Buffer.from([0xe9]), Buffer.from([0xf0, 0x9f]));

/** What must not depend on the chunks: records, their numbers and lines, and rejections. The text of messages may name them too. */
async function same(makeStage: Parameters<typeof parseAll>[0], bytes: Buffer, chunkSizes: readonly number[]): Promise<void> {
  const outcome = async (cutSizes: readonly number[]): Promise<unknown> => {
    const { records, rejections } = await parseAll(makeStage, bytes, cutSizes).catch((error: Error) => ({ records: error.message, rejections: [] }));
    return { records, rejections };
  };
  expect(await outcome(chunkSizes)).toEqual(await outcome([Infinity]));
}

describe('any chunking of the same bytes gives the same records', () => {
  test('CSV', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(csvPiece, { maxLength: 30 }), brokenBytes, sizes, async (pieces, broken, chunkSizes) => {
        await same(parseCsv, Buffer.concat([Buffer.from(`id,text\n${pieces.join('')}`), broken, Buffer.from('\n9,z')]), chunkSizes);
      }),
      { numRuns: 250 },
    );
  });

  test('JSONL', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(jsonlPiece, { maxLength: 30 }), brokenBytes, sizes, async (pieces, broken, chunkSizes) => {
        await same(parseJsonl, Buffer.concat([Buffer.from(pieces.join('')), broken]), chunkSizes);
      }),
      { numRuns: 300 },
    );
  });

  test('JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(jsonPiece, { maxLength: 20 }), sizes, fc.boolean(), async (pieces, chunkSizes, sound) => {
        const text = sound ? `[${pieces.filter((piece) => /^[{1"].+/s.test(piece)).join(',')}]` : `[${pieces.join('')}`;
        await same(parseJson, Buffer.from(text), chunkSizes);
      }),
      { numRuns: 250 },
    );
  });

  test('UTF-16 and Latin-1', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(csvPiece, { maxLength: 20 }), sizes, fc.boolean(), async (pieces, chunkSizes, swap) => {
        const bytes = Buffer.from(`\uFEFFid,text\n${pieces.join('')}\n9,z`, 'utf16le');
        await same(parseCsv, swap ? bytes.swap16() : bytes, chunkSizes);
        await same((options) => parseCsv({ ...options, encoding: 'latin1' }), bytes, chunkSizes);
      }),
      { numRuns: 200 },
    );
  });
});

test('the cutter of these tests loses nothing', () => {
  expect(Buffer.concat(cut(Buffer.from('abcdefgh'), [1, 3])).toString()).toBe('abcdefgh');
});
