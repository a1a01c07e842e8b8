import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endOfNumbers } from '../../src/results/number-list.ts';

const grammar = /^\[-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?:,[ \t\r]*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)*\]/;

function endIn(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  return endOfNumbers(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

const piece = fc.oneof({ weight: 3, arbitrary: fc.nat().map(String) }, fc.constantFrom('0', '-', '.', 'e', 'E', '+', ',', ', ', ',\t', ']', '[', ' ', 'x', '\xff', '0.012345678', '-12.5e-7', '/', ':'));

it('ends where the grammar ends, or nowhere', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', ']', ']}'), (pieces, behind) => {
      const text = `[${pieces.join('')}${behind}`;
      expect(endIn(text)).toBe(grammar.exec(text)?.[0].length ?? -1);
    }),
    { numRuns: 20_000, seed: 4 },
  );
});

it.each([['[1]', 3], ['[0.5, -1.25e+10, 3]x', 19], ['[]', -1], ['[01]', -1], ['[1,]', -1], ['[1', -1], ['1]', -1], ['[1 ]', -1], ['[-]', -1], ['[1.]', -1], ['[1e]', -1], ['', -1]])('%s ends at %i', (text, end) => {
  expect(endIn(text)).toBe(end);
});
