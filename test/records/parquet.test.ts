import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadOptional } from '../../src/records/optional-package.ts';
import { readRecords } from '../../src/records/read.ts';
import type { SourceRecord } from '../../src/records/record.ts';
import { writeRecords } from '../../src/records/write.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parquet-'));
  path = join(folder, 'a.parquet');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function readAll(limit = Infinity): Promise<SourceRecord[]> {
  const records: SourceRecord[] = [];
  for await (const record of readRecords(path, { limit })) records.push(record);
  return records;
}

const write = (values: Iterable<unknown>): Promise<void> => pipeline(Readable.from(values), writeRecords(path));

test('values of each type become what JSON has', async () => {
  const column = <Value>(name: string, type: 'INT64' | 'TIMESTAMP' | 'BYTE_ARRAY' | 'JSON' | 'DOUBLE', data: Value[]): { name: string; type: typeof type; data: Value[] } => ({ name, type, data });
  const columnData = [
    column('big', 'INT64', [9007199254740991n, 9007199254740993n, -5n]),
    column('time', 'TIMESTAMP', [new Date('2026-01-02T03:04:05.678Z'), null, new Date(0)]),
    column('bytes', 'BYTE_ARRAY', [Buffer.from('é'), Buffer.from([0xff, 0xfe]), Buffer.from('')]),
    column('any', 'JSON', [{ a: [1] }, 'text', null]),
    column('__proto__', 'DOUBLE', [1.5, null, 3]),
  ];
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData })));
  const records = await readAll();
  expect(records.map(({ value }) => Object.entries(value))).toEqual([
    [['big', 9007199254740991], ['time', '2026-01-02T03:04:05.678Z'], ['bytes', 'é'], ['any', { a: [1] }], ['__proto__', 1.5]],
    [['big', '9007199254740993'], ['time', null], ['bytes', '//4='], ['any', 'text'], ['__proto__', null]],
    [['big', -5], ['time', '1970-01-01T00:00:00.000Z'], ['bytes', ''], ['any', null], ['__proto__', 3]],
  ]);
  expect(records.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(records[2]?.header?.keys).toEqual(['big', 'time', 'bytes', 'any', '__proto__']);
});

test('several row groups, and ranges within them, give every record once and in order', async () => {
  const count = 45_000;
  function* values(): Generator<object> {
    for (let id = 0; id < count; id += 1) yield { id, text: `text ${id}` };
  }
  await write(values());
  const records = await readAll();
  expect(records).toHaveLength(count);
  expect(records.every(({ index, value }) => value.id === index && value.text === `text ${index}`)).toBe(true);
});

test('a wide row group is read in ranges', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `column ${index}`);
  const rows = 11_000;
  const columnData = names.map((name, position) => ({ name, data: Int32Array.from({ length: rows }, (_, row) => row + position) }));
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: rows })));
  let row = 0;
  for await (const { value } of readRecords(path)) {
    if (value['column 0'] !== row || value['column 99'] !== row + 99) throw new Error(`row ${row} is ${JSON.stringify(value)}`);
    row += 1;
  }
  expect(row).toBe(rows);
});

test('row groups that are smaller than the stream reads ahead', async () => {
  const columnData = [{ name: 'id', data: Int32Array.from({ length: 100 }, (_, row) => row) }];
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 3 })));
  const records = readRecords(path);
  // Asked for the first record, and then not read from until the stream has all that it holds.
  records.read(0);
  while (records.readableLength < records.readableHighWaterMark) await new Promise((resolve) => setImmediate(resolve));
  const ids: unknown[] = [];
  for await (const { value } of records) ids.push(value.id);
  expect(ids).toEqual(Array.from({ length: 100 }, (_, row) => row));
});

test('the limit, and a loop that is left early', async () => {
  await write([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect((await readAll(2)).map(({ value }) => value.id)).toEqual([1, 2]);
  expect(await readAll(0)).toEqual([]);
  for await (const { value } of readRecords(path)) {
    expect(value.id).toBe(1);
    break;
  }
});

test('an empty file has no records', async () => {
  await write([]);
  expect(await readAll()).toEqual([]);
});

test('a later value that fits no column of numbers is an error that names both; a column of strings takes it as JSON', async () => {
  const early = Array.from({ length: 20_000 }, (_, id) => ({ id, text: 'a' }));
  await expect(write([...early, { id: 'N/A', text: 'b' }])).rejects.toMatchObject({ name: 'InputError', context: { index: 20_000 }, message: expect.stringMatching(/"id".*numbers only.*"N\/A"/) });
  await write([...early, { id: 1.5, text: [7] }]);
  expect((await readAll()).at(-1)?.value).toEqual({ id: 1.5, text: '[7]' });
});

test('what is no Parquet file, or cannot be read as one', async () => {
  writeFileSync(path, 'id,text\n1,a\n');
  await expect(readAll()).rejects.toMatchObject({ name: 'InputError', code: 'parse_error', context: { file: path } });
  await write([{ id: 1 }]);
  writeFileSync(path, readFileSync(path).subarray(0, -20));
  await expect(readAll()).rejects.toMatchObject({ code: 'parse_error' });
  rmSync(path);
  await expect(readAll()).rejects.toMatchObject({ code: 'file_not_found' });
  expect(() => readRecords(Readable.from([]), { format: 'parquet' })).toThrow('plain file');
  expect(() => readRecords('a.parquet.gz')).toThrow('plain file');
});

test('a package that is not installed is named with the command that installs it', async () => {
  const missing: string = 'hyparquet-not-installed';
  const load = (): Promise<unknown> => import(missing);
  await expect(loadOptional('hyparquet', load)).rejects.toMatchObject({ code: 'missing_dependency', message: expect.stringContaining('npm install hyparquet') });
});
