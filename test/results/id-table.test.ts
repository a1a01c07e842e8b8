import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { IdHasher } from '../../src/results/id-hash.ts';
import { IdTable } from '../../src/results/id-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-ids-'));
afterAll(() => rmSync(directory, { recursive: true }));

const anyId = fc.oneof(fc.string({ unit: 'binary' }), fc.nat({ max: 200 }).map((number) => `record-${number}`), fc.constantFrom('', '\0', '\0\0', 'é', 'e\u0301', '\ud800', '\udfff'));
const anyValue = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1));
const anyStep = fc.record({ operation: fc.constantFrom('set', 'add', 'get'), id: anyId, value: anyValue });

describe.each([
  ['in memory', 1_500_000],
  ['in a file from the first id on', 0],
  ['that moves to a file', 7],
])('a table %s', (_title, maxInMemory) => {
  it('does what a Map does', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const table = new IdTable({ directory, maxInMemory });
        const map = new Map<string, number>();
        for (const { operation, id, value } of steps) {
          const known = map.get(id);
          if (operation === 'get') expect(table.get(id)).toBe(known);
          else if (operation === 'add') expect(table.add(id, value)).toBe(known);
          else table.set(id, value);
          if (operation === 'set' || (operation === 'add' && known === undefined)) map.set(id, value);
          expect(table.size).toBe(map.size);
        }
        for (const [id, value] of map) expect(table.get(id)).toBe(value);
        table.close();
      }),
      { numRuns: maxInMemory > 100 ? 200 : 30 },
    );
  });
});

it('holds what it held through growing and moving to a file', () => {
  const table = new IdTable({ directory, maxInMemory: 20_000 });
  const count = 100_000;
  for (let index = 0; index < count; index += 1) expect(table.add(`id-${index}`, index)).toBeUndefined();
  for (let index = 0; index < count; index += 1) {
    if (table.get(`id-${index}`) !== index) expect.fail(`id-${index} gives ${table.get(`id-${index}`)}`);
  }
  expect(table.get('id--1')).toBeUndefined();
  expect(table.add('id-77', 1)).toBe(77);
  expect(table.size).toBe(count);
  table.close();
});

it('writes pages back where the file is larger than what is cached', () => {
  // 4,096 pages of 256 slots are cached, 2^20 slots; 800,000 ids take 2^21.
  const table = new IdTable({ directory, maxInMemory: 0 });
  const count = 800_000;
  for (let index = 0; index < count; index += 1) table.set(`${index}`, index);
  for (let index = 0; index < count; index += 997) expect(table.get(`${index}`)).toBe(index);
  table.close();
});

it('leaves no file behind, not even while it works', () => {
  const table = new IdTable({ directory, maxInMemory: 0 });
  table.set('a', 1);
  expect(readdirSync(directory)).toEqual([]);
  table.close();
});

it.each([-1, 0.5, 2 ** 48, Number.NaN])('refuses the value %d', (value) => {
  expect(() => new IdTable().set('a', value)).toThrow(RangeError);
});

describe('the hash', () => {
  it('spreads in every lane as chance would: ids that only count up share a lane about as often as random numbers', () => {
    const hasher = new IdHasher(Uint32Array.of(1, 2, 3));
    const count = 200_000;
    const lanes = [new Set<number>(), new Set<number>(), new Set<number>()] as const;
    for (let index = 0; index < count; index += 1) {
      hasher.update(`record-${index}`);
      lanes[0].add(hasher.first);
      lanes[1].add(hasher.second);
      lanes[2].add(hasher.third);
    }
    // Among 200,000 random 32-bit numbers about 4.7 pairs are equal.
    for (const lane of lanes) expect(count - lane.size).toBeLessThan(20);
  });

  it('tells apart what differs in one bit, in length, or in order', () => {
    const hasher = new IdHasher();
    const hashes = new Set<string>();
    const ids = ['', '\0', '\0\0', '\0\0\0', 'a', 'b', 'ab', 'ba', 'abab', 'baba', 'aabb', 'a\0', 'é', '\ud800', '\ud801', 'x'.repeat(1000), 'x'.repeat(1001)];
    for (const id of ids) {
      hasher.update(id);
      hashes.add(`${hasher.first} ${hasher.second} ${hasher.third}`);
    }
    expect(hashes.size).toBe(ids.length);
  });

  it('depends on the seed, so that nobody can choose ids that meet', () => {
    const [one, other] = [new IdHasher(Uint32Array.of(1, 2, 3)), new IdHasher(Uint32Array.of(1, 2, 4))];
    one.update('record-1');
    other.update('record-1');
    expect([one.first, one.second, one.third]).not.toEqual([other.first, other.second, other.third]);
  });
});
