import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { sourceRecord } from '../../src/records/record.ts';
import { recordsFrom, type Source } from '../../src/records/records-from.ts';

interface Review {
  readonly id: string;
}
const reviews: readonly Review[] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

async function* later(): AsyncGenerator<Review> {
  yield* reviews;
}

describe('recordsFrom', () => {
  const sources: readonly (readonly [title: string, source: () => Source<Review>])[] = [
    ['an array', () => reviews],
    ['an iterable', () => new Set(reviews)],
    ['an async iterable', later],
    ['a stream of objects', () => Readable.from(reviews)],
    ['a stream of bytes', () => Readable.from([Buffer.from('id\na\nb\nc\n')], { objectMode: false })],
  ];
  for (const [title, source] of sources) {
    test(title, async () => {
      const seen: [number, string][] = [];
      for await (const { index, value } of recordsFrom(source(), { fileName: 'in.csv' })) seen.push([index, value.id]);
      expect(seen).toEqual([[0, 'a'], [1, 'b'], [2, 'c']]);
    });

    test(`${title}, limited`, async () => {
      const seen: string[] = [];
      for await (const { value } of recordsFrom(source(), { fileName: 'in.csv', limit: 2 })) seen.push(value.id);
      expect(seen).toEqual(['a', 'b']);
    });
  }

  test('records pass as they are', async () => {
    const record = sourceRecord(7, { id: 'x' }, 12);
    const seen: unknown[] = [];
    for await (const each of recordsFrom<Review>([record])) seen.push(each);
    expect(seen).toEqual([record]);
    expect(seen[0]).toBe(record);
  });

  test('no value is taken beyond the limit, and a source that is left early is closed', async () => {
    let taken = 0;
    let closed = 0;
    function* source(): Generator<Review> {
      try {
        for (const review of reviews) {
          taken += 1;
          yield review;
        }
      } finally {
        closed += 1;
      }
    }
    for await (const _record of recordsFrom(source(), { limit: 1 }));
    expect([taken, closed]).toEqual([1, 1]);
    for await (const _record of recordsFrom(source())) break;
    expect(closed).toBe(2);
  });

  test('a signal ends it with its reason', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const { value } of recordsFrom(later(), { signal: controller.signal })) if (value.id === 'a') controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });
});
