import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UniqueIds } from '../../src/requests/unique-ids.ts';

/** Small enough that most of what is added goes to the temporary file; 2^7 slots are more than are read of a run at a time. */
const sizes = [{ bits: 2 }, { bits: 4 }, { bits: 7 }, {}] as const;

describe('UniqueIds tells what a Map would', () => {
  test.each(sizes)('with %o', (options) => {
    const id = fc.oneof(fc.nat(400).map((number) => `row-${number}`), fc.string(), fc.constantFrom('\ud800', '\ufffd', ''));
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.maxSafeNat().map((value) => value % 2 ** 48)), { maxLength: 600 }), (added) => {
        const ids = new UniqueIds(options);
        const known = new Map<string, number>();
        try {
          for (const [name, value] of added) {
            expect(ids.add(name, value)).toBe(known.get(name));
            if (!known.has(name)) known.set(name, value);
          }
        } finally {
          ids.close();
        }
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  test('thousands of ids in dozens of runs', () => {
    const ids = new UniqueIds({ bits: 7 });
    const count = 5_000;
    for (let index = 0; index < count; index += 1) expect(ids.add(`id-${index}`, index + 2 ** 40)).toBeUndefined();
    for (let index = 0; index < count; index += 1) expect(ids.add(`id-${index}`, 0)).toBe(index + 2 ** 40);
    ids.close();
  });
});
