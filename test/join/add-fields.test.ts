import { describe, expect, test } from 'vitest';
import { addFields } from '../../src/join/add-fields.ts';
import { sourceRecord } from '../../src/records/record.ts';

const value = (fields: unknown, more: Readonly<Record<string, unknown>>): object => addFields(sourceRecord(0, fields), more, undefined).value;
/** An object that has a field of this name, whatever `__proto__` means elsewhere. */
const withProto = (fields: object, proto: unknown): Record<string, unknown> => Object.fromEntries([...Object.entries(fields), ['__proto__', proto]]);

describe('addFields', () => {
  test('puts new fields behind those that were there, and replaces one in its place', () => {
    expect(Object.entries(value({ a: 1, b: 2, c: 3 }, { b: 'new', d: 4 }))).toEqual([['a', 1], ['b', 'new'], ['c', 3], ['d', 4]]);
  });

  test.each([
    [withProto({ a: 1 }, 'p'), { b: 2 }],
    [{ a: 1, b: 2 }, withProto({}, 'p')],
  ])('keeps a field of the name `__proto__`', (fields, more) => {
    const result = value(fields, more);
    expect(Object.getOwnPropertyDescriptor(result, '__proto__')?.value).toBe('p');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(result).toSorted()).toEqual(['__proto__', 'a', 'b']);
  });

  test('makes a plain object of any, with its own fields, and leaves that as it is', () => {
    class Review {
      readonly text = 'good';
      get length(): number {
        return this.text.length;
      }
    }
    const mark = Symbol('mark');
    const review = Object.assign(new Review(), { [mark]: 1 });
    const result = value(review, { label: 'x' });
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Reflect.ownKeys(result)).toEqual(['text', 'label', mark]);
    expect(Reflect.ownKeys(review)).toEqual(['text', mark]);
  });
});
