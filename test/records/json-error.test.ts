import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonError } from '../../src/records/json-error.ts';

describe('findJsonError', () => {
  const cases: readonly (readonly [text: string, offset: number])[] = [
    ['', 0],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['{"a":01}', 6],
    ['{"a":"x\ty"}', 7],
    ['{"a":"\\x"}', 6],
    ['{"a":"\\u12g4"}', 6],
    ['{"a":"open', 10],
    ['{"a":[1}', 7],
    ['{"a":nul}', 5],
    ['{"a":1} {', 8],
    ['  {"a":1}\n]', 10],
    ['{"a":{"b":[true,false,null,-1.5e+3]', 35],
    ['\u00a0{}', 0],
  ];
  for (const [text, offset] of cases) test(JSON.stringify(text), () => expect(findJsonError(text)).toBe(offset));

  test('what stands before the place can be completed, and with the character there no longer', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (json, at, character) => {
        const broken = json.slice(0, at % json.length) + character + json.slice(at % json.length);
        fc.pre(!isJson(broken));
        const offset = findJsonError(broken);
        expect(offset).toBeLessThanOrEqual(broken.length);
        // The same break is found whatever follows it.
        expect(findJsonError(`${broken.slice(0, offset + 1)} `)).toBeLessThanOrEqual(offset + 1);
        // Nothing before the inserted character is blamed.
        expect(offset).toBeGreaterThanOrEqual(firstSuspect(json, at % json.length));
      }),
      { numRuns: 500 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A number, literal or escape in which a character was inserted is blamed from its start. */
function firstSuspect(json: string, at: number): number {
  return at - (/(?:[-+.\w]|\\u?[0-9a-fA-F]{0,4})*$/.exec(json.slice(0, at))?.[0].length ?? 0);
}
