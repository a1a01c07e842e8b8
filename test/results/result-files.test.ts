import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { ResultFiles } from '../../src/results/result-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-files-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Bytes that are read at a time, and how long the beginning of a line may be that is put before the next of them. */
const chunk = 512 * 1024;
const reserve = 64 * 1024;

async function blocksOf(bytes: Buffer): Promise<Buffer[]> {
  const path = join(directory, 'lines.jsonl');
  writeFileSync(path, bytes);
  const files = new ResultFiles([path]);
  const blocks: Buffer[] = [];
  // Copies: a block is good until the next one.
  for await (const block of files.blocks(0)) blocks.push(Buffer.from(block));
  files.close();
  return blocks;
}

const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(reserve - 1, reserve, reserve + 1, chunk - 1, chunk, chunk + 1, 2 * chunk + reserve), fc.integer({ min: 0, max: 3 * chunk }));

it('gives all bytes of a file, in blocks of whole lines, however long its lines are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(length, { maxLength: 12 }), fc.boolean(), async (lengths, isEnded) => {
      const text = lengths.map((size, line) => String.fromCodePoint(0x61 + (line % 26)).repeat(size)).join('\n');
      const bytes = Buffer.from(isEnded ? `${text}\n` : text);
      const blocks = await blocksOf(bytes);
      expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
      for (const block of blocks.slice(0, -1)) expect(block.at(-1)).toBe(0x0a);
    }),
    { seed: 11, numRuns: 60 },
  );
});

it.each([0, 1, reserve - 1, reserve, reserve + 1, reserve + 9])('puts %i bytes of a line before those that follow in the next chunk', async (size) => {
  const bytes = Buffer.from(`${'a'.repeat(chunk - size - 1)}\n${'b'.repeat(size + 100)}\n${'c'.repeat(chunk)}`);
  expect(Buffer.concat(await blocksOf(bytes)).equals(bytes)).toBe(true);
});

it('names a file that cannot be read', async () => {
  const files = new ResultFiles([join(directory, 'nothing.jsonl')]);
  await expect(files.blocks(0).next()).rejects.toMatchObject({ code: 'file_not_found', message: expect.stringContaining('nothing.jsonl') as string });
  await expect(new ResultFiles([directory]).blocks(0).next()).rejects.toMatchObject({ code: 'file_not_found' });
});
