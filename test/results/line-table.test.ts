import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ScannedParts } from '../../src/results/line-scanner.ts';
import { LineTable } from '../../src/results/line-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-lines-'));
afterAll(() => rmSync(directory, { recursive: true }));

const partsOf = (number: number): ScannedParts => ({ shape: number % 4000, spanStart: 30, spanLength: number, inputTokens: number, outputTokens: 0, cachedTokens: -1, cacheWriteTokens: 5, reasoningTokens: 999_999_999 });

/** Small segments, few of them in memory, and positions that need more than 32 bits. */
it.each([
  ['in memory', 1e6],
  ['in a file', 0],
])('finds every id among many segments %s, in any order, and none that was not added', (_title, maxInMemory) => {
  const count = 20_000;
  const table = new LineTable(1, { directory, maxInMemory });
  for (let number = 0; number < count; number += 1) {
    expect(table.find(`id-${number}`)).toBe(-1);
    table.addMissed({ position: number * 7_000_000_000, length: number + 1, line: number + 2 }, number % 3 === 0 ? undefined : partsOf(number));
  }
  expect(table.size).toBe(count);
  const parts = partsOf(0);
  for (let step = 0; step < count; step += 1) {
    const number = (step * 7919) % count;
    const line = table.lines.place(table.lineAt(table.get(`id-${number}`)));
    if (line.position !== number * 7_000_000_000 || line.length !== number + 1 || line.line !== number + 2) expect.fail(`id-${number} is at ${JSON.stringify(line)}`);
    const isScanned = table.lines.readParts(number, parts);
    expect(isScanned).toBe(number % 3 !== 0);
    if (isScanned) expect(parts).toEqual(partsOf(number));
    if (number % 5 !== 0) expect(table.ask(`id-${number}`, number + 1)).toBe(number);
    expect(table.ask(`no-${number}`, 1)).toBe(-1);
  }
  expect([...table.unmet()].map(({ line }) => line - 2)).toEqual(Array.from({ length: count / 5 }, (_, number) => number * 5));
  for (let number = 0; number < count; number += 1) {
    table.ask(`id-${number}`, 1);
    expect(table.askedBy).toBe(number % 5 === 0 ? 0 : number + 1);
  }
  table.close();
  expect(readdirSync(directory)).toEqual([]);
});
