import { describe, expect, test } from 'vitest';
import { parseJsonl, stringifyJsonl } from '../../src/records/jsonl.ts';
import { collect, parseAll, textOf } from './collect.ts';

const parse = (input: string | Buffer, sizes?: readonly number[]): ReturnType<typeof parseAll> => parseAll(parseJsonl, input, sizes);

describe('parseJsonl', () => {
  test('CRLF, blank lines, a byte order mark, no last line feed', async () => {
    const { records, rejections } = await parse('\uFEFF{"id":1}\r\n\r\n  \n{"id":2}\n{"id":3}');
    expect(records.map(({ index, value, line }) => [index, value.id, line])).toEqual([[0, 1, 1], [1, 2, 4], [2, 3, 5]]);
    expect(rejections).toEqual([]);
  });

  test('U+2028, U+2029, NEL and an escaped NUL are text', async () => {
    const text = 'a\u2028b\u2029c\u0085d';
    expect((await parse(`{"text":"${text}"}\n{"text":"x\\u0000y"}\n`)).values).toEqual([{ text }, { text: 'x\0y' }]);
  });

  test('fields are own properties, and the last of equal keys counts, as with JSON.parse', async () => {
    const { values } = await parse('{"__proto__":{"a":1},"id":1,"id":2}\n');
    expect(Object.entries(values[0] ?? {})).toEqual([['__proto__', { a: 1 }], ['id', 2]]);
  });

  test('a bad line costs one record, and takes its index', async () => {
    const { records, rejections } = await parse('{"id":1}\n{"id":2,}\n[1]\n"text"\nnull\n  7\n{"id":3}\n');
    expect(records.map(({ index, value }) => [index, value.id])).toEqual([[0, 1], [6, 3]]);
    expect(rejections.map(({ index, line, column, raw, code }) => [index, line, column, raw, code])).toEqual([
      [1, 2, 9, '{"id":2,}', 'parse_error'],
      [2, 3, 1, '[1]', 'parse_error'],
      [3, 4, 1, '"text"', 'parse_error'],
      [4, 5, 1, 'null', 'parse_error'],
      [5, 6, 3, '  7', 'parse_error'],
    ]);
    expect(rejections[0]?.message).toMatch(/^reviews\.txt, line 2, column 9: the line is not JSON/);
  });

  test('a line that is not UTF-8 is rejected; U+FFFD itself is text', async () => {
    const { values, rejections } = await parse(Buffer.concat([Buffer.from('{"t":"caf'), Buffer.from([0xe9]), Buffer.from('"}\n{"t":"\uFFFD"}\n')]));
    expect(values).toEqual([{ t: '\uFFFD' }]);
    expect(rejections).toMatchObject([{ index: 0, line: 1, message: expect.stringContaining('not UTF-8') }]);
  });

  test('a record nested too deep to be written again costs one record', async () => {
    const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const { records, rejections } = await parse(`${nested(1000)}\n${nested(1001)}\n${nested(100_000)}\n{"a":"${'{['.repeat(2000)}"}\n`);
    expect(records.map(({ index }) => index)).toEqual([0, 3]);
    expect(rejections).toMatchObject([
      { index: 1, line: 2, raw: nested(1001), message: 'reviews.txt, line 2: the record is nested more than 1000 levels deep.' },
      { index: 2, line: 3 },
    ]);
  });

  test('the raw text of a long bad line is cut, and says so', async () => {
    const line = `{"text":"${'é'.repeat(700_000)}`;
    const { rejections } = await parse(`${line}\n`);
    expect(rejections[0]?.raw?.length).toBeLessThan(600_000);
    expect(rejections[0]?.raw).toMatch(/ … \[cut here: 1400009 bytes in all\]$/);
    expect(rejections[0]?.column).toBe(line.length + 1);
  });

  test('a line of 16 MB in small chunks', async () => {
    const text = 'word '.repeat(3_200_000);
    const { values } = await parse(`{"text":"${text}"}\n{"id":2}\n`, [65_536]);
    expect(values).toEqual([{ text }, { id: 2 }]);
  });

  test('without `onReject` a bad line is the error', async () => {
    const run = collect([Buffer.from('{"id":1}\nno\n')], parseJsonl({ fileName: 'in.jsonl' }));
    await expect(run).rejects.toMatchObject({ name: 'InputError', code: 'parse_error', context: { file: 'in.jsonl', line: 2, column: 1, index: 1 } });
  });
});

test('stringifyJsonl writes a line for each record or plain object', async () => {
  expect(await textOf([{ id: 1, text: 'a\nb' }, { nested: { list: [1, null] } }], stringifyJsonl())).toBe('{"id":1,"text":"a\\nb"}\n{"nested":{"list":[1,null]}}\n');
});

test('what is no object, or holds what JSON cannot, is an error that names the record', async () => {
  await expect(textOf([{ id: 1 }, 'text'], stringifyJsonl())).rejects.toMatchObject({ code: 'invalid_option', context: { index: 1 } });
  await expect(textOf([{ id: 1n }], stringifyJsonl())).rejects.toMatchObject({ name: 'InputError', context: { index: 0 } });
});
