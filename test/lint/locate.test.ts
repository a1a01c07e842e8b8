import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locate } from '../../src/lint/locate.ts';

type Path = (string | number)[];

/** Every place in a value. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);
}

test('property: every value of any JSON is found where it stands', () => {
  const layouts = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), layouts, (value, layout) => {
      const text = JSON.stringify(value, undefined, layout);
      const parsed: unknown = JSON.parse(text);
      for (const path of placesIn(parsed)) {
        const { start, end } = locate(text, path);
        expect(JSON.parse(text.slice(start, end))).toEqual(valueAt(parsed, path));
      }
    }),
    { numRuns: 500, seed: 5 },
  );
});

describe('odd texts', () => {
  test.each([
    ['the last of members with the same name', '{"a":1,"b":0,"a":2}', ['a'], '2'],
    ['a name that is escaped', String.raw`{"\u0061":1}`, ['a'], '1'],
    ['backslashes before the end of a text', String.raw`{"x":"\\\"\\","a":"\\"}`, ['a'], String.raw`"\\"`],
    ['brackets in texts', '{"x":"}]{[","a":[1,"]"]}', ['a', 1], '"]"'],
    ['space everywhere', ' { "a" : [ 1 , { "b" : null } ] } ', ['a', 1, 'b'], 'null'],
    ['what is not there: the innermost around it', '{"a":{"b":1}}', ['a', 'c', 'd'], '{"b":1}'],
    ['an index past the end', '{"a":[1]}', ['a', 3], '[1]'],
    ['an empty object', '{}', ['a'], '{}'],
  ])('%s', (_title, text, path, expected) => {
    const { start, end } = locate(text, path);
    expect(text.slice(start, end)).toBe(expected);
  });

  test('a name is found before its value', () => {
    expect(locate('{"x":1, "long name" : 2}', ['long name'])).toEqual({ key: 8, start: 22, end: 23 });
  });
});
