import { describe, expect, it } from 'vitest';
import { cellWords, FileCells, MemoryCells, type Cells } from '../../src/results/cells.ts';

const pageCells = 256;
const cachedPages = 4096;

function write(cells: Cells, cell: number, value: number): void {
  const at = cells.locate(cell, true);
  for (let word = 0; word < cellWords; word += 1) cells.words[at + word] = value + word;
}

function read(cells: Cells, cell: number): number[] {
  const at = cells.locate(cell, false);
  return [...cells.words.subarray(at, at + cellWords)];
}

describe.each<[string, () => Cells]>([
  ['memory', () => new MemoryCells(2 * pageCells * cachedPages + 10)],
  ['a file', () => new FileCells()],
])('cells in %s', (_title, make) => {
  it('are zero at first, also where another page was held before', () => {
    const cells = make();
    write(cells, 3, 7);
    expect(read(cells, 3 + pageCells * cachedPages)).toEqual([0, 0, 0, 0, 0]);
    expect(read(cells, 3)).toEqual([7, 8, 9, 10, 11]);
    cells.close();
  });

  it('keep what was written, however far apart', () => {
    const cells = make();
    const places = [0, 255, 256, pageCells * cachedPages, 2 * pageCells * cachedPages, pageCells * cachedPages + 1];
    for (const [value, place] of places.entries()) write(cells, place, value * 100);
    for (const [value, place] of places.entries()) expect(read(cells, place)[1]).toBe(value * 100 + 1);
    cells.close();
  });
});
