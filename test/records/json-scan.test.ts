import { describe, expect, test } from 'vitest';
import { jsonKind, JsonScan } from '../../src/records/json-scan.ts';

describe('JsonScan', () => {
  // Millions of escapes before the closing quote: who looks for that anew behind each of them is not done in this life.
  test.each([
    ['line breaks', '\\n', jsonKind.text],
    ['quotes', '\\"', jsonKind.text],
    ['slashes, which nobody escapes who need not', '\\/', jsonKind.escapedText],
  ])('passes a long string of escaped %s in one pass', (_what, escape, kind) => {
    const value = escape.repeat(8 * 1024 * 1024);
    const text = `{"a":"${value}","b":1}`;
    const scan = new JsonScan(['a']);
    scan.begin(text, Buffer.from(text));
    expect(scan.object(0)).toBe(text.length);
    expect([scan.kinds[0], scan.starts[0], scan.ends[0]]).toEqual([kind, 6, 6 + value.length]);
  });

  test.each(['"\\"', '"\\\\\\"', '"a\\n'])('knows that %s is not finished', (value) => {
    const text = `{"a":${value}`;
    const scan = new JsonScan(['a']);
    scan.begin(text, Buffer.from(text));
    expect(scan.object(0)).toBe(-1);
  });
});
