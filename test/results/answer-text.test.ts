import { expect, it } from 'vitest';
import { stripFences } from '../../src/results/answer-text.ts';

it.each([
  ['```json\n{"a":1}\n```', '{"a":1}'],
  ['\n ```\nplain\ntext\n```  \n', 'plain\ntext'],
  ['~~~\ntext\n~~~', 'text'],
  ['````md\n```js\nx\n```\n````', '```js\nx\n```'],
  ['```json\r\n{"a":1}\r\n```', '{"a":1}'],
  ['```\n```', ''],
])('takes the fence off %j', (text, expected) => {
  expect(stripFences(text)).toBe(expected);
});

it.each(['', 'text', 'Here it is:\n```json\n{}\n```', '```json\n{}\n```\nThat is all.', '```\na\n```\nand\n```\nb\n```', '```json\n{}', '```{"a":1}```', '`x`'])(
  'leaves %j as it is',
  (text) => {
    expect(stripFences(text)).toBe(text);
  },
);
