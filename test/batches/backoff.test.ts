import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pollDelay, retryDelay } from '../../src/batches/backoff.ts';
import { ProviderError } from '../../src/errors.ts';

const failure = (code: 'rate_limited' | 'authentication_failed' | 'not_found' | 'provider_unavailable', retryAfterMs?: number) =>
  new ProviderError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs });

describe('retryDelay', () => {
  test('grows, spread by chance, to a minute at most', () => {
    expect([1, 2, 3].map((failures) => retryDelay(failure('provider_unavailable'), failures, 1))).toEqual([500, 1000, 2000]);
    expect(retryDelay(failure('provider_unavailable'), 3, 0)).toBe(1000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const delay = retryDelay(failure('provider_unavailable'), failures, random);
        expect(delay).toBeGreaterThanOrEqual(250);
        expect(delay).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  test('honors retry-after, up to ten minutes', () => {
    expect(retryDelay(failure('rate_limited', 30_000), 1, 1)).toBe(30_000);
    expect(retryDelay(failure('rate_limited', 86_400_000), 1, 1)).toBe(600_000);
  });

  test('gives up where another try would not help', () => {
    expect(retryDelay(failure('authentication_failed'), 1, 1)).toBeDefined();
    expect(retryDelay(failure('authentication_failed'), 2, 1)).toBeUndefined();
    expect(retryDelay(new Error('bug'), 1, 1)).toBeUndefined();
    expect(retryDelay(failure('not_found'), 8, 1)).toBeDefined();
    expect(retryDelay(failure('not_found'), 9, 1)).toBeUndefined();
  });
});

test('pollDelay looks soon at a young batch, then at the interval', () => {
  expect([0, 4000, 1_000_000].map((age) => pollDelay(age, 60_000))).toEqual([250, 1000, 60_000]);
});
