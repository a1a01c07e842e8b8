import { describe, expect, test } from 'vitest';
import { readPath } from '../../src/records/fields.ts';
import { compressionOf, formatOf } from '../../src/records/format.ts';
import { makeHeader } from '../../src/records/header.ts';

describe('readPath', () => {
  const value = { a: { b: [1, { c: null }] }, 'x.y': 1, text: 'abc' };
  const cases: readonly (readonly [path: readonly string[], found: unknown])[] = [
    [['a', 'b', '1', 'c'], null],
    [['a', 'b', '0'], 1],
    [['x.y'], 1],
    [[], value],
    [['a', 'z'], undefined],
    [['text', 'length'], undefined],
    [['toString'], undefined],
    [['__proto__'], undefined],
    [['a', 'b', 'map'], undefined],
    [['a', 'b', '1', 'c', 'd'], undefined],
  ];
  for (const [path, found] of cases) test(`[${path.join(', ')}]`, () => expect(readPath(value, path)).toEqual(found));

  test('a field named __proto__ is found where the data has it', () => {
    expect(readPath(JSON.parse('{"__proto__": {"a": 1}}'), ['__proto__', 'a'])).toBe(1);
  });
});

describe('makeHeader', () => {
  const cases: readonly (readonly [names: readonly string[], keys: readonly string[]])[] = [
    [['id', 'text'], ['id', 'text']],
    [['name', 'name', 'name'], ['name', 'name_2', 'name_3']],
    [['name', 'name', 'name_2'], ['name', 'name_3', 'name_2']],
    [['', 'id', ' '], ['column_1', 'id', 'column_3']],
    [['', 'column_1'], ['column_1_2', 'column_1']],
    [['column_2', ''], ['column_2', 'column_2_2']],
    [[' id', 'id'], [' id', 'id']],
  ];
  for (const [names, keys] of cases) test(JSON.stringify(names), () => expect(makeHeader(names)).toEqual({ keys, names }));
});

describe('formats by name', () => {
  test('also below a compression, in any case', () => {
    expect(['a.csv', 'a.tsv', 'a.jsonl', 'a.ndjson.gz', 'a.json.zst', 'A.PARQUET', 'a.b/c.CSV.GZ'].map(formatOf)).toEqual(['csv', 'tsv', 'jsonl', 'jsonl', 'json', 'parquet', 'csv']);
    expect(['a.csv', 'a.csv.gz', 'a.jsonl.zst'].map(compressionOf)).toEqual(['none', 'gzip', 'zstd']);
  });

  test('a name that tells nothing is an error', () => {
    for (const name of ['data', 'data.gz', 'data.txt', '.csv']) expect(() => formatOf(name)).toThrow(expect.objectContaining({ code: 'unknown_format' }));
  });
});
