import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellFormatter } from '../../src/records/csv-cells.ts';
import { stringifyCsv } from '../../src/records/csv.ts';
import { textOf } from './collect.ts';

const mark = fc.constantFrom(...Array.from('",;|\t\r\n \v\f\u00a0\u1680\u2000\u2028\u3000\ufeff\u200b\u0085aé“😀=+-@\\'), '\ud83d', '\ude00', '||', 'a|', '::');
const text = fc.oneof(fc.array(mark, { maxLength: 6 }).map((parts) => parts.join('')), fc.string({ unit: 'binary', maxLength: 8 }));
const delimiter = fc.oneof(fc.constantFrom(',', '\t', ';', '|', '||', '::', 'aba', '"', '""', ' ', '^', ']', '\\', '-', '“', '😀'), text.filter((one) => /^[^\r\n]{1,16}$/s.test(one)));

/** What csv-stringify writes of texts, told to quote what some readers would spoil. */
function reference(rows: readonly (readonly string[])[], between: string): string {
  const isSingle = rows[0]?.length === 1;
  // The types know one pattern only as a list.
  return stringify(rows.map((row) => [...row]), { delimiter: between, quoted_empty: isSingle, quoted_match: [/\r|^\s|\s$/], record_delimiter: '\n' });
}

/** As it arrives in a file: half a surrogate pair is no character. */
const asWritten = (written: string): string => Buffer.from(written).toString();

const table = fc.integer({ min: 1, max: 4 }).chain((width) => fc.array(fc.array(text, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 4 }));

describe('texts', () => {
  test('are quoted just as csv-stringify quotes them, names of columns too', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.uniqueArray(text, { minLength: 4, maxLength: 4 }), delimiter, async (rows, names, between) => {
        const columns = names.slice(0, rows[0]?.length);
        const values = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
        expect(await textOf(values, stringifyCsv({ columns, delimiter: between }))).toBe(asWritten(reference([columns, ...rows], between)));
      }),
      { seed: 4, numRuns: 1500 },
    );
  });

  test('are quoted alike in rows that others put together', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), delimiter, (cells, between) => {
        expect(`${cellFormatter(between)(cells)}\n`).toBe(reference([cells], between));
      }),
      { seed: 4, numRuns: 3000 },
    );
  });

  test.each([100, 32_768, 87_381, 87_382, 300_000])('of %i characters are whole, between shorter ones', async (length) => {
    const values = [{ a: 'é' }, { a: '“'.repeat(length) }, { a: 'y' }, { a: '😀'.repeat(length / 2) }, ...Array.from({ length: 9 }, () => ({ a: 'z'.repeat(length) })), { a: 'é' }];
    expect((await textOf(values, stringifyCsv())) === `a\n${values.map(({ a }) => `${a}\n`).join('')}`).toBe(true);
  });
});

describe('values', () => {
  const day = new Date(Date.UTC(2026, 0, 2));
  test.each([
    [0, '0'], [-0, '0'], [1e21, '1e+21'], [-1.5, '-1.5'], [Number.NaN, 'NaN'], [Infinity, 'Infinity'], [12_345_678_901_234_567_890n, '12345678901234567890'], [true, 'true'], [false, 'false'],
    [null, ''], [undefined, ''], ['', ''], [[], '[]'], [{}, '{}'], [[1, 'a'], '"[1,""a""]"'], [{ a: ' ' }, '"{""a"":"" ""}"'], [day, '2026-01-02T00:00:00.000Z'], [{ day }, '"{""day"":""2026-01-02T00:00:00.000Z""}"'],
    [() => 1, ''], [Symbol('a'), ''], ['=1+1', '=1+1'],
  ])('%o', async (value, cell) => {
    expect(await textOf([{ a: 'x', b: value }], stringifyCsv())).toBe(`a,b\nx,${cell}\n`);
    // A blank line would be no record.
    expect(await textOf([{ b: value }], stringifyCsv())).toBe(`b\n${cell === '' ? '""' : cell}\n`);
  });

  test('are found by name, however the fields of a record are ordered, and inherited ones not at all', async () => {
    const inherited: unknown = Object.create({ b: 'inherited' }, { a: { value: '1', enumerable: true } });
    const hidden: unknown = Object.create(null, { a: { value: '2', enumerable: true }, b: { value: 'hidden' } });
    const values = [{ a: 1, b: 2 }, { b: 4, a: 3 }, { a: 5 }, { b: 6 }, { a: 7, b: 8, c: undefined }, inherited as object, hidden as object];
    expect(await textOf(values, stringifyCsv())).toBe('a,b\n1,2\n3,4\n5,\n,6\n7,8\n1,\n2,hidden\n');
    expect(await textOf([{ a: 1, b: 2 }], stringifyCsv({ columns: ['b', 'toString', 'a', 'b'] }))).toBe('b,toString,a,b\n2,,1,2\n');
  });
});
