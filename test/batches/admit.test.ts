import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission, type AdmissionOptions, type QueueOptions } from '../../src/batches/admit.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';

const shard = (number: number, requestCount: number, bytes = 3000, model = 'm') => ({ number, requestCount, bytes, model });

const admissionOf = (queue: QueueOptions, inFlight: AdmissionOptions['inFlight'], more: Partial<AdmissionOptions> = {}) => new Admission({ queue, inFlight, documented: () => ({}), createdAt: [], ...more });

describe('admission', () => {
  test('requests are counted over all models, tokens for each model', () => {
    const admission = admissionOf({ maxRequests: 10, maxTokens: 2500 }, [shard(1, 4)]);
    expect(admission.admits(shard(2, 6), 0)).toBe(true);
    expect(admission.admits(shard(2, 7), 0)).toBe(false);
    expect(admission.admits(shard(2, 1, 6000), 0)).toBe(false);
    expect(admission.admits(shard(2, 1, 6000, 'other'), 0)).toBe(true);
    admission.leave(shard(1, 4));
    expect(admission.admits(shard(2, 7), 0)).toBe(true);
  });

  test('what is alone is always tried, and a shard does not stand in its own way', () => {
    const admission = admissionOf({ maxRequests: 1, maxTokens: 1 }, []);
    expect(admission.admits(shard(1, 50), 0)).toBe(true);
    admission.enter(shard(1, 50));
    expect(admission.admits(shard(1, 50), 0)).toBe(true);
    expect(admission.admits(shard(2, 1), 0)).toBe(false);
  });

  test('the limit is learned from the words of a refusal', () => {
    const admission = admissionOf({}, [shard(1, 1)]);
    expect(admission.admits(shard(2, 1, 3_000_000), 0)).toBe(true);
    admission.learn(shard(2, 1), 'Enqueued token limit reached for m in organization org-x. Limit: 1,000 enqueued tokens. Please try again.');
    expect(admission.admits(shard(2, 1, 3_000_000), 0)).toBe(false);
    admission.learn(shard(2, 1), 'no number here');
    expect(admission.admits(shard(2, 1, 3_000_000), 0)).toBe(false);
  });

  test('whatever comes and goes, no more than the limit is in flight beside one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.record({ requests: fc.integer({ min: 1, max: 30 }), leaves: fc.boolean() }), { maxLength: 40 }), (maxRequests, steps) => {
        const admission = admissionOf({ maxRequests }, []);
        const inFlight = new Map<number, number>();
        for (const [number, { requests, leaves }] of steps.entries()) {
          if (leaves) {
            const [first] = inFlight.keys();
            if (first !== undefined && inFlight.delete(first)) admission.leave({ number: first });
          }
          if (!admission.admits(shard(number, requests), 0)) continue;
          admission.enter(shard(number, requests));
          inFlight.set(number, requests);
          const total = [...inFlight.values()].reduce((sum, count) => sum + count, 0);
          expect(inFlight.size === 1 || total <= maxRequests).toBe(true);
        }
      }),
    );
  });

  test('an assumed limit is doubled with what was accepted, one of a known tier is not', () => {
    const documented = () => ({ maxTokens: 1000 });
    const open = admissionOf({}, [], { documented });
    const known = admissionOf({ tier: '1' }, [], { documented });
    for (const admission of [open, known]) {
      admission.enter(shard(1, 1, 3000));
      expect(admission.admits(shard(2, 1, 3000), 0)).toBe(false);
      admission.accept(shard(1, 1, 3000));
    }
    expect(known.admits(shard(2, 1, 3000), 0)).toBe(false);
    expect(open.admits(shard(2, 1, 3000), 0)).toBe(true);
    open.enter(shard(2, 1, 3000));
    expect(open.admits(shard(3, 1, 3000), 0)).toBe(false);
    open.accept(shard(2, 1, 3000));
    for (const number of [3, 4]) {
      expect(open.admits(shard(number, 1, 3000), 0)).toBe(true);
      open.enter(shard(number, 1, 3000));
    }
    expect(open.admits(shard(5, 1, 3000), 0)).toBe(false);
    expect(open.admits(shard(5, 1, 3000, 'other'), 0)).toBe(true);
  });

  test('what the provider states counts more than what is assumed', () => {
    const admission = admissionOf({}, [shard(1, 1, 3000)], { documented: () => ({ maxTokens: 1000 }) });
    admission.learn(shard(1, 1), 'Limit: 2,000 enqueued tokens');
    expect(admission.admits(shard(2, 1, 3000), 0)).toBe(true);
    expect(admission.admits(shard(2, 1, 3003), 0)).toBe(false);
  });

  test('batches made within an hour are counted, those of an earlier process too', () => {
    const admission = admissionOf({}, [], { documented: () => ({ maxBatchesPerHour: 2 }), createdAt: [1000] });
    expect(admission.admits(shard(1, 1), 2000)).toBe(true);
    admission.noteCreate(2000);
    expect(admission.admits(shard(2, 1), 3000)).toBe(false);
    expect(admission.admits(shard(2, 1), 1000 + 3_600_000)).toBe(true);
    expect(admissionOf({ maxBatchesPerHour: 1 }, [], { documented: () => ({ maxBatchesPerHour: 2 }), createdAt: [1000] }).admits(shard(1, 1), 2000)).toBe(false);
  });
});

describe('what is documented', () => {
  const at = openai({ apiKey: 'k' });
  const elsewhere = openai({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' });

  test('by tier and model, snapshots with their date', () => {
    expect(at.queueLimits?.({ tier: '3', model: 'gpt-5-mini-2025-08-07' })).toEqual({ maxTokens: 40e6, maxBatchesPerHour: 2000 });
    expect(at.queueLimits?.({ model: 'gpt-4o' })).toEqual({ maxTokens: 90e3, maxBatchesPerHour: 2000 });
    expect(at.queueLimits?.({ model: 'unheard-of' })).toEqual({ maxBatchesPerHour: 2000 });
    expect(at.queueLimits?.({ tier: 'start' })).toBeUndefined();
    expect(anthropic({ apiKey: 'k' }).queueLimits?.({})).toEqual({ maxRequests: 200_000 });
    expect(anthropic({ apiKey: 'k' }).queueLimits?.({ tier: 'scale' })).toEqual({ maxRequests: 500_000 });
    expect(anthropic({ apiKey: 'k' }).queueLimits?.({ tier: 'toString' })).toBeUndefined();
  });

  test('of another server nothing is assumed, unless a tier is named', () => {
    expect(elsewhere.queueLimits?.({ model: 'gpt-4o' })).toEqual({});
    expect(elsewhere.queueLimits?.({ tier: '2', model: 'gpt-4o' })).toEqual({ maxTokens: 1.35e6, maxBatchesPerHour: 2000 });
    expect(openai({ apiKey: 'k', baseURL: 'https://notopenai.com/v1' }).queueLimits?.({ model: 'gpt-4o' })).toEqual({});
  });
});
