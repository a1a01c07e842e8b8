import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission } from '../../src/batches/admit.ts';

const shard = (number: number, requestCount: number, bytes = 3000, model = 'm') => ({ number, requestCount, bytes, model });

describe('admission', () => {
  test('requests are counted over all models, tokens for each model', () => {
    const admission = new Admission({ maxRequests: 10, maxTokens: 2500 }, [shard(1, 4)]);
    expect(admission.admits(shard(2, 6))).toBe(true);
    expect(admission.admits(shard(2, 7))).toBe(false);
    expect(admission.admits(shard(2, 1, 6000))).toBe(false);
    expect(admission.admits(shard(2, 1, 6000, 'other'))).toBe(true);
    admission.leave(shard(1, 4));
    expect(admission.admits(shard(2, 7))).toBe(true);
  });

  test('what is alone is always tried, and a shard does not stand in its own way', () => {
    const admission = new Admission({ maxRequests: 1, maxTokens: 1 }, []);
    expect(admission.admits(shard(1, 50))).toBe(true);
    admission.enter(shard(1, 50));
    expect(admission.admits(shard(1, 50))).toBe(true);
    expect(admission.admits(shard(2, 1))).toBe(false);
  });

  test('the limit is learned from the words of a refusal', () => {
    const admission = new Admission({}, [shard(1, 1)]);
    expect(admission.admits(shard(2, 1, 3_000_000))).toBe(true);
    admission.learn(shard(2, 1), 'Enqueued token limit reached for m in organization org-x. Limit: 1,000 enqueued tokens. Please try again.');
    expect(admission.admits(shard(2, 1, 3_000_000))).toBe(false);
    admission.learn(shard(2, 1), 'no number here');
    expect(admission.admits(shard(2, 1, 3_000_000))).toBe(false);
  });

  test('whatever comes and goes, no more than the limit is in flight beside one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.record({ requests: fc.integer({ min: 1, max: 30 }), leaves: fc.boolean() }), { maxLength: 40 }), (maxRequests, steps) => {
        const admission = new Admission({ maxRequests }, []);
        const inFlight = new Map<number, number>();
        for (const [number, { requests, leaves }] of steps.entries()) {
          if (leaves) {
            const [first] = inFlight.keys();
            if (first !== undefined && inFlight.delete(first)) admission.leave({ number: first });
          }
          if (!admission.admits(shard(number, requests))) continue;
          admission.enter(shard(number, requests));
          inFlight.set(number, requests);
          const total = [...inFlight.values()].reduce((sum, count) => sum + count, 0);
          expect(inFlight.size === 1 || total <= maxRequests).toBe(true);
        }
      }),
    );
  });
});
