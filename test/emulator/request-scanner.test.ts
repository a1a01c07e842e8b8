import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestScanner } from '../../src/emulator/request-scanner.ts';

function scan(text: string, chunkBytes: readonly number[] = []): string[] {
  const scanner = new RequestScanner();
  const bytes = Buffer.from(text);
  const elements: Buffer[] = [];
  let at = 0;
  for (const size of [...chunkBytes, bytes.length]) {
    elements.push(...scanner.push(bytes.subarray(at, at + size)));
    at = Math.min(bytes.length, at + size);
  }
  scanner.end();
  return elements.map((element) => element.toString('utf8'));
}

test('any requests, in any white space and any chunks, come out as they went in', () => {
  const indent = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 6 }), indent, fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 300 }), (values, space, chunks) => {
      const text = JSON.stringify({ requests: values }, null, space);
      expect(scan(text, chunks).map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
});

test.each([
  ['nothing', '', 'unexpected end of data'],
  ['a cut body', '{"requests":[{"custom_id":"a"', 'unexpected end of data'],
  ['an open string', '{"requests":["a\\"', 'unexpected end of data'],
  ['no object', '[]', 'not valid JSON'],
  ['text after the end', '{"requests":[]} x', 'not valid JSON'],
  ['a comma too many', '{"requests":[1,]}', 'not valid JSON'],
  ['a missing comma', '{"requests":[1 2]}', 'not valid JSON'],
  ['a bare key', '{requests:[]}', 'not valid JSON'],
  ['no requests', '{}', 'requests: Field required'],
  ['requests of another kind', '{"requests":{}}', 'requests: Input should be a valid list'],
  ['another member', '{"model":"x","requests":[]}', 'model: Extra inputs are not permitted'],
])('%s is refused', (_title, text, message) => {
  expect(() => scan(text)).toThrow(message);
  expect(() => scan(text, Array.from({ length: text.length }, () => 1))).toThrow(message);
});
