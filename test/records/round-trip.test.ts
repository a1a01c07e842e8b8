import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, expect, test } from 'vitest';
import { parseCsv, stringifyCsv } from '../../src/records/csv.ts';
import { parseJson, stringifyJson } from '../../src/records/json.ts';
import { parseJsonl, stringifyJsonl } from '../../src/records/jsonl.ts';
import { readRecords } from '../../src/records/read.ts';
import type { AnyValue } from '../../src/records/record.ts';
import { writeRecords } from '../../src/records/write.ts';
import { collect, textOf } from './collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'round-trip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.constantFrom('"', ',', '\n', '\r', ' ', 'a', '\t', '\uFEFF', '')).map((parts) => parts.join('')));
const columns = fc.uniqueArray(fc.oneof(fc.constantFrom('__proto__', '10', 'id', 'a,b', '"q"', 'constructor'), fc.string({ minLength: 1 })), { minLength: 1, maxLength: 5 }).filter((names) => names.every((name) => name.trim() !== ''));

/** Records of text, as CSV has them: each has every column. */
const table = columns.chain((names) =>
  fc.array(fc.tuple(...names.map(() => cell)), { minLength: 1, maxLength: 8 }).map((rows) => ({
    names,
    values: rows.map((row) => fromEntries(names.map((name, index) => [name, row[index] ?? '']))),
  })),
);
const jsonRecords = fc.array(fc.dictionary(fc.string(), fc.jsonValue()).map((value) => fromEntries(Object.entries(value))), { maxLength: 8 });

/** `Object.fromEntries` makes an own property of `__proto__` too. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): AnyValue {
  return Object.fromEntries(entries);
}

/** Own fields in order of their names, so that `__proto__` is compared like any other. */
const fieldsOf = (value: object): unknown => Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));

test('CSV: texts of any kind, in columns of any name', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom(',', ';', '\t', '||'), async ({ names, values }, delimiter) => {
      const text = await textOf(values, stringifyCsv({ columns: names, delimiter }));
      const records = await collect([Buffer.from(text)], parseCsv({ delimiter }));
      expect(records.map(({ value }) => fieldsOf(value))).toEqual(values.map(fieldsOf));
      expect(records[0]?.header?.names).toEqual(names);
      // And once more, by the header that was read: the same text.
      expect(await textOf(records, stringifyCsv({ delimiter }))).toBe(text);
    }),
    { numRuns: 300 },
  );
});

test('JSONL and JSON: any JSON', async () => {
  await fc.assert(
    fc.asyncProperty(jsonRecords, async (values) => {
      const expected = values.map((value) => JSON.stringify(value));
      const lines = await collect([Buffer.from(await textOf(values, stringifyJsonl()))], parseJsonl());
      expect(lines.map(({ value }) => JSON.stringify(value))).toEqual(expected);
      const elements = await collect([Buffer.from(await textOf(values, stringifyJson()))], parseJson());
      expect(elements.map(({ value }) => JSON.stringify(value))).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test('Parquet: fields of one type, of mixed types, and absent ones', async () => {
  const value = fc.record({ text: fc.string(), number: fc.double({ noNaN: true, noDefaultInfinity: true }), flag: fc.boolean(), any: fc.jsonValue(), maybe: fc.option(fc.string()) });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 20 }), async (values) => {
      const path = join(folder, 'values.parquet');
      await pipeline(Readable.from(values), writeRecords(path));
      const read: unknown[] = [];
      for await (const record of readRecords(path)) read.push(record.value);
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(values)));
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('what CSV cannot tell apart: absent, null and empty are all empty; the rest is text', async () => {
  const values = [{ a: '', b: null, c: 1, d: true, e: [1, { f: null }] }, { a: 'x' }];
  const text = await textOf(values, stringifyCsv());
  expect(text).toBe('a,b,c,d,e\n,,1,true,"[1,{""f"":null}]"\nx,,,,\n');
  const records = await collect([Buffer.from(text)], parseCsv());
  expect(records.map((record) => record.value)).toEqual([{ a: '', b: '', c: '1', d: 'true', e: '[1,{"f":null}]' }, { a: 'x', b: '', c: '', d: '', e: '' }]);
});
