import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanonicalObjects } from '../../src/records/canonical-json.ts';

const isCanonical = (text: string): boolean => {
  const bytes = Buffer.from(text).toString('latin1');
  return new CanonicalObjects().read(bytes, 0, bytes.length);
};

/** JSON as somebody might have written it: other spaces, escapes and numbers than `JSON.stringify` has. */
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('array'), tie('object')),
  leaf: fc.oneof(
    fc.constantFrom('null', 'true', 'false', '0', '-0', '1.0', '1e5', '1E400', '0.1', '12.50', '0.0000001', '0.000001', '123456789012345678', '1e21', '-1.5', '[]', '{}', '01', '.5', 'nul', '+1', '12.5.1'),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map(String),
    tie('string'),
  ),
  string: fc
    .array(fc.oneof(fc.constantFrom('\\n', '\\u00e9', '\\u001f', '\\u000a', '\\/', '\\"', '\\\\', '\\u001F', '\\ud83d', '😀', 'é', '\t', '\\x', '\u2028', 'a', '"'), fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text).slice(1, -1))), { maxLength: 4 })
    .map((parts) => `"${parts.join('')}"`),
  array: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
  object: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom('"a"', '"b"', '"1"', '"__proto__"', '""'), tie('string')), tie('value'), fc.constantFrom(':', ': ', ' :')), { maxLength: 4 })
    .map((members) => `{${members.map(([key, value, separator]) => `${String(key)}${separator}${String(value)}`).join(',')}}`),
}));

describe('CanonicalObjects', () => {
  it('takes no object for printed that would be printed otherwise', () => {
    const accepted = { count: 0 };
    fc.assert(
      fc.property(anyJson.object, (text) => {
        if (!isCanonical(text)) return;
        accepted.count += 1;
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
      { seed: 1, numRuns: 20_000 },
    );
    expect(accepted.count).toBeGreaterThan(1000);
  });

  it('knows what JSON.stringify printed, but for keys like numbers', () => {
    const record = fc.dictionary(fc.string().filter((key) => !/^\d|__proto__/.test(key)), fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.array(fc.double({ noNaN: true }))));
    fc.assert(
      fc.property(record, (value) => {
        expect(isCanonical(JSON.stringify(value))).toBe(true);
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it.each([
    '{"a": 1}', '{ "a":1}', '{"a":1 }', '{"a":1.0}', '{"a":1e3}', '{"a":-0}', '{"a":"\\u00e9"}', '{"a":"\\/"}', '{"a":1,"a":2}', '{"a":{"b":1,"b":2}}', '{"b":0,"1":1}', '{"a":"x\ty"}', '{"a":[1, 2]}', '{"a":1,}', '{"a":1}}', '[1]', '{"a":123456789012345678901}', '{"a":tru}', '{"a"}', '{"a":"b}', '',
  ])('leaves %s to the parser', (text) => expect(isCanonical(text)).toBe(false));

  it.each(['{}', '{"a":[]}', '{"a":{}}', '{"a":0}', '{"a":-1.25}', '{"a":0.000001}', '{"a":"\\n\\u0001\\"\\\\é"}', '{"a":{"b":[1,"c",null,{"d":false}]},"e":12345.67}'])('knows %s', (text) => expect(isCanonical(text)).toBe(true));

  it('forgets the keys of the object before where the next has others', () => {
    const objects = new CanonicalObjects('b');
    const text = '{"a":1,"b":"x"}{"b":"y","a":1}{"a":1,"b":2,"a":3}{"a":1}';
    expect(objects.read(text, 0, 15)).toBe(true);
    expect(text.slice(objects.valueStart, objects.valueEnd)).toBe('"x"');
    expect(objects.read(text, 15, 30)).toBe(true);
    expect(text.slice(objects.valueStart, objects.valueEnd)).toBe('"y"');
    expect(objects.read(text, 30, 49)).toBe(false);
    expect(objects.read(text, 49, 56)).toBe(true);
    expect(objects.valueStart).toBe(-1);
  });
});
