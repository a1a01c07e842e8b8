import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCsv } from '../../src/records/csv.ts';
import { readRecords } from '../../src/records/read.ts';
import { writeRecords } from '../../src/records/write.ts';

const data = 'node_modules/vega-datasets/data';
const folder = mkdtempSync(join(tmpdir(), 'real-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function valuesOf(path: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { value } of readRecords(path)) values.push(value);
  return values;
}

describe('real files', () => {
  for (const [name, count] of [['airports.csv', 3376], ['zipcodes.csv', 42049]] as const) {
    test(`${name} as csv-parse reads it`, async () => {
      const values = await valuesOf(join(data, name));
      expect(values).toHaveLength(count);
      expect(values).toEqual(parse(readFileSync(join(data, name)), { columns: true }));
    });
  }

  for (const [name, count] of [['movies.json', 3201], ['flights-200k.json', 200_000]] as const) {
    test(`${name} as JSON.parse reads it`, async () => {
      const values = await valuesOf(join(data, name));
      expect(values).toHaveLength(count);
      expect(values).toEqual(JSON.parse(readFileSync(join(data, name), 'utf8')));
    });
  }

  test('a CSV file that is read and written again has the same rows', async () => {
    const copy = join(folder, 'airports.csv');
    await pipeline(createReadStream(join(data, 'airports.csv')), parseCsv(), writeRecords(copy));
    const plain = (path: string): unknown => parse(readFileSync(path));
    expect(plain(copy)).toEqual(plain(join(data, 'airports.csv')));
  });

  for (const name of ['movies.jsonl', 'movies.json.gz', 'movies.parquet']) {
    test(`movies.json through ${name}`, async () => {
      const original = join(data, 'movies.json');
      await pipeline(readRecords(original), writeRecords(join(folder, name)));
      expect(await valuesOf(join(folder, name))).toEqual(JSON.parse(readFileSync(original, 'utf8')));
    });
  }
});
