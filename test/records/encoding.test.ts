import { describe, expect, test } from 'vitest';
import { parseCsv } from '../../src/records/csv.ts';
import type { Encoding } from '../../src/records/encoding.ts';
import { parseAll } from './collect.ts';

const text = 'id,text\n1,Zoë 😀 “naïve”\n';
const value = { id: '1', text: 'Zoë 😀 “naïve”' };
const littleEndian = Buffer.from(text, 'utf16le');
const bigEndian = Buffer.from(littleEndian).swap16();

describe('encodings', () => {
  const cases: readonly (readonly [title: string, bytes: Buffer, encoding?: Encoding])[] = [
    ['UTF-8 by default', Buffer.from(text)],
    ['UTF-8 by its mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-8 by option, with a mark', Buffer.from(`\uFEFF${text}`), 'utf-8'],
    ['UTF-16 LE by its mark', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 LE by option', littleEndian, 'utf-16le'],
    ['UTF-16 BE by its mark', Buffer.concat([Buffer.from([0xfe, 0xff]), bigEndian])],
    ['UTF-16 BE by option', bigEndian, 'utf-16be'],
    ['UTF-16 BE by option, with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), bigEndian]), 'utf-16be'],
  ];
  for (const [title, bytes, encoding] of cases) {
    test(title, async () => {
      for (const sizes of [[Infinity], [1], [3]]) {
        const { values } = await parseAll((collected) => parseCsv({ ...collected, ...(encoding === undefined ? {} : { encoding }) }), bytes, sizes);
        expect(values).toEqual([value]);
      }
    });
  }

  test('Latin-1, with the quotes and the euro sign of Windows', async () => {
    const bytes = Buffer.concat([Buffer.from('id,text\n1,'), Buffer.from([0xe9, 0x93, 0xff, 0x94, 0x80]), Buffer.from('\n')]);
    const { values } = await parseAll((collected) => parseCsv({ ...collected, encoding: 'latin1' }), bytes);
    expect(values).toEqual([{ id: '1', text: 'é“ÿ”€' }]);
  });

  test('half a surrogate pair and half a character are not made up for: they cost their record', async () => {
    const half = Buffer.concat([Buffer.from('\uFEFFid\n1\ud83d\n2\n3', 'utf16le'), Buffer.from([0x34])]);
    const { values, rejections } = await parseAll(parseCsv, half);
    expect(values).toEqual([{ id: '2' }]);
    expect(rejections.map(({ line }) => line)).toEqual([2, 4]);
  });
});
