import { expect, test } from 'vitest';
import { FailureSamples } from '../../src/report/failure-samples.ts';

const failed = (index: number, reason: string, text?: string) => [{ index, value: { id: index } }, { status: 'errored', reason, customId: `r-${index}`, ...(text === undefined ? {} : { text }) }] as const;

test('the first three of each reason are kept, the largest group first', () => {
  const samples = new FailureSamples();
  samples.add({ index: 0, value: {} }, { status: 'succeeded', customId: 'r-0' });
  samples.add(...failed(1, 'rare'));
  for (let index = 2; index < 10; index += 1) samples.add(...failed(index, 'common'));
  const { groups, others } = samples.build();
  expect(groups.map(({ reason, count }) => [reason, count])).toEqual([['common', 8], ['rare', 1]]);
  expect(groups[0]?.samples.map(({ index }) => index)).toEqual([2, 3, 4]);
  expect(others).toBe(0);
});

test('any number of reasons and long texts stay small', () => {
  const samples = new FailureSamples();
  for (let index = 0; index < 1_000; index += 1) samples.add(...failed(index, `reason ${index}`, 'x'.repeat(100_000)));
  const { groups, others } = samples.build();
  expect(groups.length + others).toBe(1_000);
  expect(JSON.stringify(groups).length).toBeLessThan(100_000);
  expect(groups[0]?.samples[0]?.answer).toEqual({ text: 'x'.repeat(2_000), leftOff: 98_000 });
});
