import fc from 'fast-check';
import { it } from 'vitest';
import { grouped as groupedInCli } from '../src/cli/words.ts';
import { grouped } from '../src/numbers.ts';

it.each([
  ['reports', grouped],
  ['the command line', groupedInCli],
])('groups the digits of numbers in %s as toLocaleString does', (_title, group) => {
  const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: 0, max: 1e6 }).map((thousandths) => thousandths / 1000));
  fc.assert(
    fc.property(number, (value) => group(value) === (value + 0).toLocaleString('en-US')),
    { seed: 3, numRuns: 2000 },
  );
});
