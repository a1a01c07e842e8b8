import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { compileTemplate } from '../../src/requests/template.ts';

function render(text: string, value: unknown): string {
  return compileTemplate(text).render(value);
}

describe('rendering', () => {
  test.each([
    ['no places', 'Hello', {}, 'Hello'],
    ['empty', '', {}, ''],
    ['a field', 'Classify: {{text}}!', { text: 'good' }, 'Classify: good!'],
    ['two fields next to each other', '{{a}}{{b}}', { a: 'x', b: 'y' }, 'xy'],
    ['the same field twice', '{{a}}-{{a}}', { a: 'x' }, 'x-x'],
    ['space inside the braces', '{{  text\t}}', { text: 'x' }, 'x'],
    ['a path', '{{author.name}}', { author: { name: 'Ada' } }, 'Ada'],
    ['an array index', '{{tags.1}}', { tags: ['a', 'b'] }, 'b'],
    ['a literal dotted name before the path', '{{a.b}}', { 'a.b': 'literal', a: { b: 'path' } }, 'literal'],
    ['a name with spaces', '{{US Gross}}', { 'US Gross': 5 }, '5'],
    ['a name with space around', '{{ text}}', { ' text': 'kept' }, 'kept'],
    ['a unicode name', '{{größe 尺寸}}', { 'größe 尺寸': 'L' }, 'L'],
    ['a number', '{{n}}', { n: 0 }, '0'],
    ['a boolean', '{{b}}', { b: false }, 'false'],
    ['a big integer', '{{n}}', { n: 12345678901234567890n }, '12345678901234567890'],
    ['null', '[{{n}}]', { n: null }, '[]'],
    ['empty text', '[{{n}}]', { n: '' }, '[]'],
    ['an object', '{{o}}', { o: { a: [1, 'x', null] } }, '{"a":[1,"x",null]}'],
    ['an array', '{{o}}', { o: [1, { b: 2n }] }, '[1,{"b":"2"}]'],
    ['a date', '{{d}}', { d: new Date(0) }, '"1970-01-01T00:00:00.000Z"'],
    ['closing braces alone', 'Answer {"a":{"b":1}} {{x}}', { x: 1 }, 'Answer {"a":{"b":1}} 1'],
    ['single braces', '{x} {{x}}', { x: 1 }, '{x} 1'],
    ['escaped braces', String.raw`\{{x}} {{x}}`, { x: 1 }, '{{x}} 1'],
    ['an escaped backslash', String.raw`C:\\{{x}}`, { x: 1 }, String.raw`C:\1`],
    ['a backslash elsewhere', String.raw`a\b {{x}}`, { x: 1 }, String.raw`a\b 1`],
    ['a template in the data', '{{x}}', { x: '{{secret}} ${1} <%= 2 %>', secret: 'no' }, '{{secret}} ${1} <%= 2 %>'],
  ])('%s', (_name, text, value, expected) => {
    expect(render(text, value)).toBe(expected);
  });
});

describe('what a record lacks', () => {
  test.each([
    ['missing', '{{text}}', {}],
    ['undefined', '{{text}}', { text: undefined }],
    ['below null', '{{text.x}}', { text: null }],
    ['below a text', '{{text.length}}', { text: 'abc' }],
    ['of the prototype', '{{toString}}', {}],
    ['the constructor', '{{constructor.name}}', {}],
    ['the prototype itself', '{{__proto__}}', {}],
    ['a function', '{{text}}', { text: () => 'x' }],
    ['a record that is a text', '{{length}}', 'abc'],
  ])('%s rejects the record', (_name, text, value) => {
    const field = text.slice(2, -2);
    const attempt = (): string => render(text, value);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'template_error', message: expect.stringContaining(`"${field}"`) }));
  });
});

describe('templates that cannot be', () => {
  test.each([['Hello {{name'], ['{{}}'], ['{{  }}'], ['{{{name}}}'], ['{{a {{b}}'], [String.raw`\\{{`]])('%s', (text) => {
    expect(() => compileTemplate(text)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});

const fieldNames = fc.constantFrom('a', 'b.c', 'd e', 'größe', '__proto__x');

test('rendering equals naive concatenation, and data is never evaluated', () => {
  const texts = fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[{}\\]/g, ' '));
  const parts = fc.array(fc.oneof(texts.map((text) => ({ text })), fieldNames.map((field) => ({ field }))));
  const data = fc.record({ a: hostile(), 'b.c': hostile(), 'd e': hostile(), größe: hostile(), __proto__x: hostile() });
  fc.assert(
    fc.property(parts, data, (pieces, record) => {
      const template = pieces.map((piece) => ('text' in piece ? piece.text : `{{${piece.field}}}`)).join('');
      const expected = pieces.map((piece) => ('text' in piece ? piece.text : record[piece.field])).join('');
      expect(render(template, record)).toBe(expected);
    }),
  );
});

function hostile(): fc.Arbitrary<string> {
  return fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('{{a}}', '}}', '{{', String.raw`\{{a}}`, '$&', '${a}', '{{constructor}}'));
}

test('the fields a template names', () => {
  expect(compileTemplate('{{ a }} {{b.c}} {{a}}').fields).toEqual(['a', 'b.c', 'a']);
});
