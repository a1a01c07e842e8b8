import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvRows } from '../../src/records/csv-rows.ts';
import type { PlainDialect } from '../../src/records/csv-scan.ts';
import { PlainCsvRows } from '../../src/records/plain-csv-rows.ts';
import type { RowParser, RowSink } from '../../src/records/parse-stage.ts';
import { cut } from './collect.ts';

/** Everything a parser tells of some bytes, in order: header, records, rejections, and what it threw. */
function tellAll(makeParser: (sink: RowSink) => RowParser, bytes: Buffer, sizes: readonly number[]): unknown[] {
  const told: unknown[] = [];
  const parser = makeParser({
    file: 'reviews.csv',
    full: false,
    begin: (header) => told.push(['header', header]),
    add: (value, line, header) => told.push(['record', Object.entries(value as object), line, header?.keys.length]),
    reject: (fault) => told.push(['rejected', fault]),
  });
  try {
    for (const chunk of cut(bytes, sizes)) parser.push(chunk);
    parser.end();
  } catch (error) {
    told.push(['threw', String(error)]);
  }
  return told;
}

const whole = { delimiter: ',', quote: '"', maxRecordBytes: 64 * 1024 * 1024 };

function compare(bytes: Buffer, sizes: readonly number[] = [Infinity], dialect: PlainDialect = whole): void {
  const expected = tellAll((sink) => new CsvRows(sink, dialect), bytes, sizes);
  const told = tellAll((sink) => new PlainCsvRows(sink, dialect), bytes, sizes);
  // Long texts are compared as such, which is far cheaper; where they differ, the values show it better.
  if (JSON.stringify(told) !== JSON.stringify(expected)) expect(told).toEqual(expected);
}

const piece = fc.constantFrom('a', ',', ',', '"', '""', '\n', '\n', '\r\n', '\r', 'é', '😀', ' ', '"x,\r\ny"', ',"b"\n', '"c"",\rd"', '1,2,3\n', '"\n', '\uFFFD', '\0', '\\', '\u00a0', ';');
const broken = fc.constantFrom('e9', 'f09f', 'c0af', 'eda080').map((hex) => Buffer.from(hex, 'hex'));
const bytesRichInTrouble = fc
  .array(fc.oneof({ weight: 40, arbitrary: piece.map((text) => Buffer.from(text)) }, { weight: 1, arbitrary: broken }), { maxLength: 60 })
  .map((parts) => Buffer.concat(parts));
const header = fc.constantFrom('', 'id,text\n', 'id\n', '"id","a\nb",id\r\n', '\n\nid,__proto__,,x\n', 'a;b\n');
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
const dialect = fc.record({ delimiter: fc.constantFrom(',', ',', ';', '\t', ' '), quote: fc.constantFrom('"', '"', "'", '$', ''), maxRecordBytes: fc.constantFrom(64 * 1024 * 1024, 20) });

describe('the fast reader of plain CSV tells what the reader over csv-parse tells', () => {
  test('of bytes rich in quotes, delimiters and line ends, cut anywhere', () => {
    fc.assert(
      fc.property(header, bytesRichInTrouble, sizes, dialect, (names, rows, chunkSizes, how) => {
        compare(Buffer.concat([Buffer.from(names), rows]), chunkSizes, how);
      }),
      { numRuns: 2_000, seed: 17 },
    );
  });

  const files = ['node_modules/csv-spectrum/csvs', 'node_modules/vega-datasets/data'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.csv'))
      .map((name) => join(folder, name)),
  );
  test.each(files)('of %s', (file) => {
    const bytes = readFileSync(file).subarray(0, 400_000);
    compare(bytes);
    compare(bytes, [1000, 7, 65_536]);
  });

  test('of rows longer than a window, and of more columns than its arrays hold', () => {
    const long = 'x'.repeat(200_000);
    compare(Buffer.from(`id,text\n1,${long}\n2,"${long}\n${long}"\n3,é${long}\n4,b`), [10_000]);
    const wide = Array.from({ length: 70_000 }, (_, column) => `c${column}`).join(',');
    compare(Buffer.from(`${wide}\n${wide}\n"${wide}"\n${wide},x\n`), [50_000]);
  });
});
