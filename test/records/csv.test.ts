import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCsv, type ParseCsvOptions } from '../../src/records/csv.ts';
import { collect, parseAll, type Parsed } from './collect.ts';

const parse = (input: string | Buffer, options: ParseCsvOptions = {}): Promise<Parsed> => parseAll((collected) => parseCsv({ ...options, ...collected }), input);

describe('csv-spectrum', () => {
  const root = 'node_modules/csv-spectrum';
  // One expectation (location_coordinates) is a bare object, with another telephone number than its CSV has.
  const expectedOf = (json: string): unknown[] => [JSON.parse(json.replace('1234567890', '2095257564'))].flat();
  for (const file of readdirSync(join(root, 'csvs'))) {
    test(file, async () => {
      const { values, rejections } = await parse(readFileSync(join(root, 'csvs', file)));
      expect(values).toEqual(expectedOf(readFileSync(join(root, 'json', file.replace('.csv', '.json')), 'utf8')));
      expect(rejections).toEqual([]);
    });
  }
});

describe('values', () => {
  const cases: readonly (readonly [title: string, input: string, values: readonly unknown[], options?: ParseCsvOptions])[] = [
    ['CRLF', 'id,text\r\n1,a\r\n2,b\r\n', [{ id: '1', text: 'a' }, { id: '2', text: 'b' }]],
    ['bare CR', 'id,text\r1,a\r2,b', [{ id: '1', text: 'a' }, { id: '2', text: 'b' }]],
    ['mixed line ends', 'id,text\n1,a\r\n2,b\r3,c', [{ id: '1', text: 'a' }, { id: '2', text: 'b' }, { id: '3', text: 'c' }]],
    ['blank lines, one of them of spaces', '\nid,text\n\n1,a\n   \n\n2,b\n\n', [{ id: '1', text: 'a' }, { id: '2', text: 'b' }]],
    ['a short row', 'id,text,note\n1\n2,b\n', [{ id: '1', text: '', note: '' }, { id: '2', text: 'b', note: '' }]],
    ['an empty surplus', 'id,text\n1,a,,\n', [{ id: '1', text: 'a' }]],
    ['a row of empty fields', 'id,text\n,\n', [{ id: '', text: '' }]],
    ['a single column with an empty text', 'text\n""\n\nb\n', [{ text: '' }, { text: 'b' }]],
    ['a single column of spaces', 'text\n  \n', [{ text: '  ' }]],
    ['a quote inside an unquoted field', 'id,size\n1,5" pipe\n', [{ id: '1', size: '5" pipe' }]],
    ['a quoted field that looks broken but is not', 'id,text\n1,"""a""b"\n', [{ id: '1', text: '"a"b' }]],
    ['semicolons', 'id;text\n1;a,b\n', [{ id: '1', text: 'a,b' }], { delimiter: ';' }],
    ['a delimiter of two characters', 'id||text\n1||"a||b"\n', [{ id: '1', text: 'a||b' }], { delimiter: '||' }],
    ['single quotes', "id,text\n1,'a,''b'\n", [{ id: '1', text: "a,'b" }], { quote: "'" }],
    ['no quotes at all', 'id,text\n1,"a\n', [{ id: '1', text: '"a' }], { quote: '' }],
    ['a header only', 'id,text\n', []],
    ['an empty file', '', []],
  ];
  for (const [title, input, values, options] of cases) {
    test(title, async () => {
      const parsed = await parse(input, options);
      expect(parsed.values).toEqual(values);
      expect(parsed.rejections).toEqual([]);
    });
  }

  test('a byte order mark is no part of the first name', async () => {
    expect((await parse('\uFEFFid,text\n1,a\n')).values).toEqual([{ id: '1', text: 'a' }]);
  });

  test('column names that mean something to JavaScript are fields like any other', async () => {
    const { records } = await parse('b,__proto__,10,constructor,9\nx,p,ten,c,nine\n');
    expect(Object.entries(records[0]?.value ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([['10', 'ten'], ['9', 'nine'], ['__proto__', 'p'], ['b', 'x'], ['constructor', 'c']]);
    expect(Object.getPrototypeOf(records[0]?.value)).toBe(Object.prototype);
    expect(records[0]?.header?.keys).toEqual(['b', '__proto__', '10', 'constructor', '9']);
  });

  test('each record says the line it starts on, embedded line ends counted', async () => {
    const { records } = await parse('id,text\r\n\r\n1,"a\r\nb\r\nc"\r\n2,d\r\n\r\n3,"e\nf"\r\n4,g\r\n');
    expect(records.map(({ index, line }) => [index, line])).toEqual([[0, 3], [1, 6], [2, 8], [3, 10]]);
  });
});

describe('rejections', () => {
  test('a row with a surplus keeps its known fields, its place and its text', async () => {
    const { records, rejections } = await parse('id,text\n1,a\n2,b,c\n3,d\n');
    expect(records.map(({ index, value }) => [index, value.id])).toEqual([[0, '1'], [2, '3']]);
    expect(rejections).toEqual([
      {
        code: 'parse_error',
        message: 'reviews.txt, line 3: the record has 3 fields, but the header has 2. Is a field with a delimiter in it not quoted?',
        index: 1,
        file: 'reviews.txt',
        line: 3,
        raw: '2,b,c\n',
        value: { id: '2', text: 'b' },
      },
    ]);
  });

  test('bytes that are not UTF-8 cost one record; U+FFFD itself is text', async () => {
    const { values, rejections } = await parse(Buffer.concat([Buffer.from('id,text\n1,caf'), Buffer.from([0xe9]), Buffer.from('\n2,\uFFFD\n3,é\n')]));
    expect(values).toEqual([{ id: '2', text: '\uFFFD' }, { id: '3', text: 'é' }]);
    expect(rejections).toMatchObject([{ code: 'parse_error', index: 0, line: 2, message: expect.stringContaining('e.g. latin1, with --encoding (option `encoding`)') }]);
  });

  test('without `onReject` the first bad row is the error', async () => {
    const run = collect([Buffer.from('id,text\n1,a\n2,b,c\n')], parseCsv({ fileName: 'reviews.csv' }));
    await expect(run).rejects.toMatchObject({ name: 'InputError', code: 'parse_error', context: { file: 'reviews.csv', line: 3, index: 1, raw: '2,b,c\n' } });
  });

  test('a broken header is an error even with `onReject`: no record could be named without it', async () => {
    await expect(parse('id,"te"xt\n1,a\n')).rejects.toMatchObject({ code: 'parse_error', context: { line: 1 } });
    await expect(parse('id,"text\n1,a\n')).rejects.toMatchObject({ code: 'parse_error', context: { line: 1 } });
    await expect(parse(Buffer.from([0x69, 0xe9, 0x0a, 0x31, 0x0a]))).rejects.toMatchObject({ code: 'parse_error' });
  });
});

describe('broken quotes', () => {
  const outcome = async (input: string, options: ParseCsvOptions = {}): Promise<unknown> => {
    const { records, rejections } = await parse(input, options);
    const places = rejections.map(({ index, line, column, raw }) => [index, line, column, raw]);
    return { ids: records.map(({ index, value, line }) => [index, value.id, line]), places };
  };

  test('text after a closing quote costs one row', async () => {
    expect(await outcome('id,text\n1,"abc"def\n2,plain\n3,"ok"\n4,x\n')).toEqual({
      ids: [[1, '2', 3], [2, '3', 4], [3, '4', 5]],
      places: [[0, 2, 8, '1,"abc"def\n']],
    });
  });

  test('a quoted word inside a quoted field costs one row, though a delimiter follows', async () => {
    expect(await outcome('id,text\n1,"He said "hello, you" to me"\n2,plain\n')).toEqual({
      ids: [[1, '2', 3]],
      places: [[0, 2, 13, '1,"He said "hello, you" to me"\n']],
    });
  });

  test('a quote that is not closed costs its own line, if the lines it took are sound records', async () => {
    expect(await outcome('id,text\n1,"abc\n2,plain\n3,"ok"\n4,x\n')).toEqual({
      ids: [[1, '2', 3], [2, '3', 4], [3, '4', 5]],
      places: [[0, 2, 3, '1,"abc\n']],
    });
  });

  test('the same at the end of the file', async () => {
    expect(await outcome('id,text\n1,a\n2,"abc\n3,b\n4,c')).toEqual({ ids: [[0, '1', 2], [2, '3', 4], [3, '4', 5]], places: [[1, 3, 3, '2,"abc\n']] });
  });

  test('lines that are no sound records are rejected together, and the message says which', async () => {
    const { records, rejections } = await parse('id,text\n1,a\n2,"line one\nline two"x\n3,b\n4,"open\nend of a text\n');
    expect(records.map(({ index, value }) => [index, value.id])).toEqual([[0, '1'], [2, '3']]);
    expect(rejections).toMatchObject([
      { index: 1, line: 3, column: 10, message: expect.stringMatching(/line 4, column 10: text follows a closing quote.*Lines 3 to 4 are/) },
      { index: 3, line: 6, column: 3, message: expect.stringMatching(/line 6, column 3: a quote is opened and never closed.*Lines 6 to 7 are/) },
    ]);
  });

  test('nor is anything guessed where they only have as many fields', async () => {
    expect(await outcome('id,text\n1,"line, one\nline, "two"\n3,b\n')).toEqual({ ids: [[1, '3', 4]], places: [[0, 2, 8, '1,"line, one\nline, "two"\n']] });
  });

  const endless = `id,text\n1,"open\n${'2,b\n'.repeat(60)}3,"c"\n4,d\n`;

  test('a record past `maxRecordBytes` is taken for such a quote, and the reading goes on behind it', async () => {
    const { records, rejections } = await parseAll((collected) => parseCsv({ maxRecordBytes: 100, ...collected }), endless, [64]);
    expect(records).toHaveLength(62);
    expect(records.at(-1)).toMatchObject({ index: 62, value: { id: '4', text: 'd' }, line: 64 });
    expect(rejections).toMatchObject([{ index: 0, line: 2, raw: '1,"open\n' }]);
  });

  test('where that cannot be, the rest is given up, and the rejection says so', async () => {
    const long = `id,text\n1,a\n2,"${'word\n'.repeat(60)}"\n3,b\n`;
    const { records, rejections } = await parseAll((collected) => parseCsv({ maxRecordBytes: 100, ...collected }), long, [64]);
    expect(records.map(({ value }) => value.id)).toEqual(['1']);
    expect(rejections).toMatchObject([{ index: 1, line: 3, endsSource: true }]);
  });
});

test('the limit counts rows, rejected ones included', async () => {
  const { values, rejections } = await parse('id\n1\n2,x\n3\n4\n', { limit: 3 });
  expect([values, rejections.length]).toEqual([[{ id: '1' }, { id: '3' }], 1]);
});

test('options that cannot be used are named', () => {
  expect(() => parseCsv({ delimiter: '\n' })).toThrow('`delimiter`');
  expect(() => parseCsv({ quote: '""' })).toThrow('`quote`');
  expect(() => parseCsv({ limit: 1.5 })).toThrow('`limit`');
  // A caller without types can pass anything.
  expect(() => parseCsv({ encoding: 'ebcdic' as 'latin1' })).toThrow('`encoding` must be one of utf-8, latin1');
});
