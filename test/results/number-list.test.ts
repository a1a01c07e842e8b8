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

const usual = fc.tuple(fc.constantFrom('', '-'), fc.constantFrom('0.', '0.', '0.', '3.', '0', '00.', '.'), fc.stringMatching(/^\d{4,18}$/), fc.constantFrom('', '', '', '', 'e-05', 'e-5', 'e')).map((parts) => parts.join(''));
const valid = fc.tuple(fc.constantFrom('', '-'), fc.constantFrom('0.'), fc.stringMatching(/^\d{5,16}$/), fc.constantFrom('', '', '', '', '', 'e-05')).map((parts) => parts.join(''));

/** One byte of a text, or none, is another one. */
const damage = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true }), fc.constantFrom('', '0', '7', '-', '.', ',', ' ', ', ', 'e', 'e-0', ']', '[', '"', '\n', '\xff', '/', ':', '\0', '\xb0', '@'), fc.nat({ max: 2 }));

it('ends where the grammar ends in long lists, too, whatever is damaged in them', () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: fc.array(valid, { minLength: 5, maxLength: 40 }) }, fc.array(usual, { maxLength: 30 })), fc.constantFrom(',', ', ', ', ', ',\t'), fc.array(damage, { maxLength: 2 }), fc.constantFrom('', ']', '}], "a": [1]}'), (numbers, separator, damages, behind) => {
      let text = `[${numbers.join(separator)}]`;
      for (const [where, what, lost] of damages) {
        const at = Math.floor(where * text.length);
        text = text.slice(0, at) + what + text.slice(at + lost);
      }
      text += behind;
      expect(endIn(text)).toBe(grammar.exec(text)?.[0].length ?? -1);
    }),
    { numRuns: 10_000, seed: 5 },
  );
});

it('reads a list within other bytes, wherever it stands', () => {
  const list = `[${Array.from({ length: 50 }, (_, at) => `${at % 3 === 0 ? '-' : ''}0.${String(at * 7919).padStart(6 + (at % 9), '0')}`).join(', ')}]`;
  for (let before = 0; before < 8; before += 1) {
    const bytes = Buffer.from(`${'0'.repeat(before)}${list}, 5]`);
    expect(endOfNumbers(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), before)).toBe(before + list.length);
  }
});

it.each([['[1]', 3], ['[0.5, -1.25e+10, 3]x', 19], ['[]', -1], ['[01]', -1], ['[1,]', -1], ['[1', -1], ['1]', -1], ['[1 ]', -1], ['[-]', -1], ['[1.]', -1], ['[1e]', -1], ['', -1]])('%s ends at %i', (text, end) => {
  expect(endIn(text)).toBe(end);
});
