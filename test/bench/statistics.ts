/** The middle of some numbers, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = sorted.length % 2 === 1 ? sorted.slice(sorted.length >> 1) : sorted.slice(sorted.length / 2 - 1);
  return sorted.length % 2 === 1 ? low : (low + high) / 2;
}

/** The median over the rounds of a figure that is made of one measurement of each series. Rounds run in turn, so that both sides met the same load. */
export function medianOf<Item>(make: (...items: Item[]) => number, ...series: readonly (readonly Item[])[]): number {
  const rounds = Math.min(...series.map((items) => items.length));
  const figures = Array.from({ length: rounds }, (_none, round) => make(...series.flatMap((items) => items.slice(round, round + 1))));
  return median(figures);
}
