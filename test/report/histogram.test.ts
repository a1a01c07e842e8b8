import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HistogramBuilder, latencyEdges, quantileBound, tokenEdges } from '../../src/report/histogram.ts';

function counted(values: readonly number[], edges = tokenEdges) {
  const builder = new HistogramBuilder(edges);
  for (const value of values) builder.add(value);
  return builder.build();
}

test('every value is in the one bucket whose edges it lies between', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000_000), { minLength: 1 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
      const { edges, counts, total, sum, min, max } = counted(values);
      const inBucket = (bucket: number) => values.filter((value) => value >= (edges[bucket - 1] ?? -Infinity) && value < (edges[bucket] ?? Infinity)).length;
      expect(counts).toEqual(counts.map((_count, bucket) => inBucket(bucket)));
      expect({ total, sum, min, max }).toEqual({ total: values.length, sum: values.reduce((a, b) => a + b, 0), min: Math.min(...values), max: Math.max(...values) });
      const bound = quantileBound(counted(values), share);
      expect(values.filter((value) => value <= bound).length).toBeGreaterThanOrEqual(share * values.length);
    }),
    { seed: 7 },
  );
});

test('edges rise, and an empty histogram is zeros', () => {
  for (const edges of [tokenEdges, latencyEdges]) expect(edges).toEqual(edges.toSorted((a, b) => a - b));
  expect(counted([])).toMatchObject({ total: 0, sum: 0, min: 0, max: 0 });
});
