import { expect, test } from 'vitest';
import { renameLine } from '../../src/results/rename-line.ts';

const renamed = (line: string, id = 'new "id"') => renameLine(Buffer.from(line), id).toString();

test('a line keeps its spelling, whatever its id was', () => {
  expect(renamed('{"id":"x","custom_id":"old","response":{"n":1.50,"big":12345678901234567890}}')).toBe('{"id":"x","custom_id":"new \\"id\\"","response":{"n":1.50,"big":12345678901234567890}}');
  expect(renamed('{"custom_id" : "o\\"l\\\\d", "result":{}}')).toBe('{"custom_id":"new \\"id\\"", "result":{}}');
  expect(renamed('{"custom_id":"é","text":"日本"}', 'ü')).toBe('{"custom_id":"ü","text":"日本"}');
});

test.each([
  ['the key stands elsewhere too', '{"custom_id":"old","body":{"metadata":{"custom_id":"other"}}}', { custom_id: 'new', body: { metadata: { custom_id: 'other' } } }],
  ['a value is the name of the key', '{"name":"custom_id","custom_id":"old"}', { name: 'custom_id', custom_id: 'new' }],
  ['the id is a number', '{"custom_id":17,"body":1}', { custom_id: 'new', body: 1 }],
  ['the key is spelled otherwise', '{"custom\\u005fid":"old","x":1}', { custom_id: 'new', x: 1 }],
  ['a mark stands before it', '\uFEFF{"a":{"custom_id":1},"custom_id":"old"}', { a: { custom_id: 1 }, custom_id: 'new' }],
  ['the id is very long', `{"custom_id":"${'x'.repeat(5000)}","x":1}`, { custom_id: 'new', x: 1 }],
])('where %s, it is parsed', (_what, line, expected) => {
  expect(JSON.parse(renamed(line, 'new'))).toEqual(expected);
});
