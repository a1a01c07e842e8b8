import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mustQuote, quoted } from '../../src/records/canonical-csv.ts';
import { CellWriter } from '../../src/records/csv-cells.ts';

const space = '\t\v\f \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u0085\n\r';
const text = fc.array(fc.oneof(fc.constantFrom(...Array.from(space), '"', ',', ';', '|', 'é', '“', '😀', 'a'), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 5 }).map((parts) => parts.join(''));

describe('mustQuote and quoted', () => {
  it.each([',', ';', '\t', '|', '^'])('write a cell as the CSV writer does, between %j', (delimiter) => {
    const writer = new CellWriter(delimiter, ['a', 'b']);
    writer.write({ index: 0, value: { a: '', b: '' }, header: undefined });
    const isQuoted = mustQuote(delimiter);
    fc.assert(
      fc.property(text, (cell) => {
        const bytes = Buffer.from(cell).toString('latin1');
        const written = isQuoted(bytes) ? quoted(bytes) : bytes;
        expect(`${Buffer.from(written, 'latin1').toString()}${delimiter}\n`).toBe(writer.write({ index: 0, value: { a: cell, b: '' }, header: undefined }));
      }),
      { seed: 1, numRuns: 4000 },
    );
  });
});
