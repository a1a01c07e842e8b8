import { describe, expect, test } from 'vitest';
import { parseJson, stringifyJson } from '../../src/records/json.ts';
import { collect, parseAll, type Parsed, textOf } from './collect.ts';

const parse = (input: string | Buffer, path = '', sizes?: readonly number[]): Promise<Parsed> => parseAll((collected) => parseJson({ path, ...collected }), input, sizes);

describe('parseJson', () => {
  test('an array at the top', async () => {
    const { records } = await parse('\uFEFF [\n  {"id": 1, "text": "é}{\\n\\u00e9 \\"x\\""},\n  {"id": 2,\n   "list": [1.5, -2e3, true, null, {"a": {}}]}, {"id": 3}\n]\n');
    expect(records.map(({ index, value, line }) => [index, value, line])).toEqual([
      [0, { id: 1, text: 'é}{\né "x"' }, 2],
      [1, { id: 2, list: [1.5, -2000, true, null, { a: {} }] }, 3],
      [2, { id: 3 }, 4],
    ]);
  });

  test('an array under a path, with everything around it', async () => {
    const text = '{"meta": {"items": [{"id": 0}]}, "data": {"total": 2, "items": [{"id": 1}, {"id": 2}], "next": null}, "items": []}';
    expect((await parse(text, 'data.items')).values).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await parse('[{"rows": []}, {"rows": [{"id": 1}]}]', '1.rows')).values).toEqual([{ id: 1 }]);
  });

  test('empty arrays hold no records', async () => {
    expect(await parse('[]')).toMatchObject({ records: [], rejections: [] });
    expect(await parse('{"items": []}', 'items')).toMatchObject({ records: [], rejections: [] });
  });

  test('numbers and keys are those of JSON.parse', async () => {
    const text = '[{"big": 12345678901234567890, "__proto__": {"a": 1}, "10": 1, "id": 1, "id": 2}]';
    const { values } = await parse(text);
    expect(Object.entries(values[0] ?? {})).toEqual(Object.entries(JSON.parse(text)[0]));
  });

  test('elements that are not objects are rejected, each on its line', async () => {
    const { records, rejections } = await parse('[{"id": 1}, 7,\n"text", [1, 2], null,\n{"id": 2}]');
    expect(records.map(({ index, value, line }) => [index, value.id, line])).toEqual([[0, 1, 1], [5, 2, 3]]);
    expect(rejections.map(({ index, line, raw }) => [index, line, raw])).toEqual([[1, 1, '7'], [2, 2, '"text"'], [3, 2, '[1,2]'], [4, 2, 'null']]);
  });

  test('bytes that are not UTF-8 cost one record', async () => {
    const { records, rejections } = await parse(Buffer.concat([Buffer.from('[{"t":"\uFFFD"},{"t":"caf'), Buffer.from([0xe9]), Buffer.from('"},\n{"t":"é"}]')]));
    expect(records.map(({ index, value }) => [index, value.t])).toEqual([[0, '\uFFFD'], [2, 'é']]);
    expect(rejections).toMatchObject([{ index: 1, line: 1, message: expect.stringContaining('not UTF-8') }]);
  });

  test('a record nested too deep to be written again costs one record', async () => {
    const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const { records, rejections } = await parse(`[${nested(1000)},\n${nested(1001)},\n${nested(100_000)},\n{"id":1}]`);
    expect(records.map(({ index }) => index)).toEqual([0, 3]);
    expect(rejections).toMatchObject([{ index: 1, line: 2, message: 'reviews.txt, line 2: the record is nested more than 1000 levels deep.' }, { index: 2, line: 3 }]);
  });

  const broken: readonly (readonly [title: string, text: string, path: string, ids: readonly number[], line: number, column: number])[] = [
    ['a missing comma', '[{"id": 1},\n {"id": 2} {"id": 3}]', '', [1, 2], 2, 12],
    ['a broken record', '[\n  {"id": 1},\n  {"id": 2, "text": oops},\n  {"id": 3}\n]', '', [1], 3, 21],
    ['a file that ends too early', '[{"id": 1},\n{"id": 2},\n{"id": 3, "te', '', [1, 2], 3, 14],
    ['an array that is not closed', '[{"id": 1}', '', [1], 1, 11],
    ['something behind the array', '[{"id": 1}]\n\n[{"id": 2}]', '', [1], 3, 1],
    ['a broken wrapper', '{"data": {"items": [{"id": 1}]}, oops}', 'data.items', [1], 1, 34],
    ['a broken first record', '{"items": [\n{"id": 01}]}', 'items', [], 2, 9],
    ['an empty file', '', '', [], 1, 1],
  ];
  for (const [title, text, path, ids, line, column] of broken) {
    test(`${title}: what stood before is read, and one rejection tells the place`, async () => {
      for (const sizes of [[Infinity], [1], [5]]) {
        const { records, rejections } = await parse(text, path, sizes);
        expect(records.map(({ value }) => value.id)).toEqual(ids);
        expect(rejections).toMatchObject([{ code: 'parse_error', index: ids.length, line, column, endsSource: true }]);
        expect(rejections[0]?.message).toBe(`reviews.txt, line ${line}, column ${column}: the JSON is broken here; the rest of the file could not be read.`);
      }
    });
  }

  test('without `onReject` a syntax error is the error', async () => {
    const run = collect([Buffer.from('[{"id": 1}, oops]')], parseJson({ fileName: 'in.json' }));
    await expect(run).rejects.toMatchObject({ name: 'InputError', code: 'parse_error', context: { file: 'in.json', line: 1, column: 13, raw: ', oops]' } });
  });

  const misplaced: readonly (readonly [text: string, path: string, message: RegExp])[] = [
    ['{"id": 1}', '', /holds an object.*such as data\.items, with --path \(option `path`\).*--format jsonl/],
    ['"text"', '', /holds a single value/],
    ['{"data": {"items": {}}}', 'data.items', /an object at "data\.items", not an array/],
    ['{"data": {"items": 7}}', 'data.items', /a single value at "data\.items"/],
    ['{"data": {"rows": []}}', 'data.items', /nothing at "data\.items"/],
    ['{"data": null, "items": []}', 'data.items', /nothing at "data\.items"/],
  ];
  for (const [text, path, message] of misplaced) {
    test(`no array: ${text} at "${path}"`, async () => {
      await expect(parse(text, path)).rejects.toMatchObject({ name: 'InputError', message: expect.stringMatching(message) });
    });
  }
});

describe('stringifyJson', () => {
  test('a record a line, in one array', async () => {
    expect(await textOf([{ id: 1 }, { id: 2, list: [{}] }], stringifyJson())).toBe('[\n{"id":1},\n{"id":2,"list":[{}]}\n]\n');
  });

  test('nothing is an empty array', async () => {
    expect(await textOf([], stringifyJson())).toBe('[]\n');
  });
});
