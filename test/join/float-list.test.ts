import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FloatList } from '../../src/join/float-list.ts';

const floats = new FloatList();

/** What parsing the list gives, in 32 bits. */
function parsed(list: string): Float32Array {
  return Float32Array.from(JSON.parse(list) as number[]);
}

/** As bits: 0 and -0 are different. */
function bitsOf(numbers: Float32Array): number[] {
  return [...new Uint32Array(Float32Array.from(numbers).buffer)];
}

function expectSame(list: string): void {
  // The bytes around it are not its own.
  const bytes = Buffer.from(`77${list}77`).subarray(2, -2);
  const found = bitsOf(floats.read(bytes));
  const expected = bitsOf(parsed(list));
  if (found.join() !== expected.join()) expect(found, list).toEqual(expected);
}

const digits = (least: number, most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^\\d{${least},${most}}$`));
const written = fc.tuple(fc.constantFrom('', '-'), fc.oneof({ weight: 4, arbitrary: fc.constant('0') }, fc.nat().map(String)), fc.oneof({ weight: 5, arbitrary: digits(1, 18).map((places) => `.${places}`) }, fc.constant('')), fc.constantFrom('', '', '', '', 'e-05', 'E+3', 'e-320', 'e400')).map((parts) => parts.join(''));
const anyNumber = fc.oneof({ weight: 4, arbitrary: written }, fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)), fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)));

it('reads the 32-bit numbers that parsing gives, to the last bit', () => {
  fc.assert(
    fc.property(fc.array(anyNumber, { minLength: 1, maxLength: 30 }), fc.constantFrom(',', ', ', ',\t\r '), (numbers, separator) => {
      expectSame(`[${numbers.join(separator)}]`);
    }),
    { numRuns: 5000, seed: 6 },
  );
});

it.each(['[0]', '[-0]', '[-0.0]', '[5]', '[12, -345, 6789]', '[0.1]', '[0.123456789012345]', '[0.1234567890123456]', '[9.99999999999999]', '[999999999999999]', '[9007199254740993]', '[1e400, -1e400]', '[16777217]', '[0.000000000000001]', '[1.17549435e-38, 1e-45, 3.4028235677973366e38]'])('%s is read to the last bit', (list) => {
  expectSame(list);
});

it('reads more numbers than it has room for, and fewer again', () => {
  const many = Array.from({ length: 5000 }, (_, at) => at / 7);
  expectSame(JSON.stringify(many));
  expectSame('[1, 2]');
});
