import { expect, test } from 'vitest';
import { paintFor } from '../../src/cli/colors.ts';
import { printable, textTable } from '../../src/cli/text-table.ts';
import { age } from '../../src/cli/words.ts';

test.each([
  ['a terminal', true, {}, {}, true],
  ['no terminal', false, {}, {}, false],
  ['NO_COLOR', true, {}, { NO_COLOR: '1' }, false],
  ['NO_COLOR that is empty says nothing', true, {}, { NO_COLOR: '' }, true],
  ['a terminal that knows none', true, {}, { TERM: 'dumb' }, false],
  ['FORCE_COLOR', false, {}, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR off', false, {}, { FORCE_COLOR: '0' }, false],
  ['the flag', true, { color: false }, { FORCE_COLOR: '1' }, false],
  ['the flag as it stands', true, { color: true }, {}, true],
])('colors: %s', (_title, isTTY, flags, env, isPainted) => {
  expect(paintFor({ isTTY }, flags, env).good('done')).toBe(isPainted ? '\u001B[32mdone\u001B[0m' : 'done');
});

test('colors do not move columns; empty columns are left out', () => {
  const bold = (text: string) => `<b>${text}</b>`;
  const rows = [
    [{ text: 'a', paint: bold }, { text: '' }, { text: '1,000' }, { text: 'x' }],
    [{ text: 'longer' }, { text: '' }, { text: '7' }],
  ];
  expect(textTable([{ title: 'name' }, { title: 'none' }, { title: 'n', isNumber: true }, { title: 'last' }], rows, (text) => text)).toBe(
    'name        n  last\n<b>a     </b>  1,000  x\nlonger      7\n',
  );
});

test('text of others cannot move the cursor', () => {
  expect(printable('a\u001B[2Jb\nc\u0007\u009B31m')).toBe(String.raw`a\u001b[2Jb\nc\u0007?31m`);
  expect(printable('größer 😀')).toBe('größer 😀');
});

test.each([[0, '0s'], [-5, '0s'], [59_999, '59s'], [60_000, '1m'], [7_200_000, '2h'], [86_400_000 * 3.9, '3d']])('an age of %d ms is %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});
