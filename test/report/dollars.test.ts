import { expect, test } from 'vitest';
import { dollars } from '../../src/report/dollars.ts';
import { usd } from '../../src/report/html/words.ts';

test.each([
  [0, '$0.0000', '$0.00'],
  [1234.5, '$1234.5000', '$1234.50'],
  [1, '$1.0000', '$1.00'],
  [0.5, '$0.5000', '$0.5000'],
  [0.001, '$0.0010', '$0.0010'],
  [0.000_034, '$0.000034', '$0.000034'],
  [0.000_000_000_12, '$0.00000000012', '$0.00000000012'],
])('%d dollars in a text are %s, on a page %s', (value, text, page) => {
  expect([dollars(value), usd(value)]).toEqual([text, page]);
});
