/** A number as people read it, its digits in groups: `3,376`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** All counts of a table together. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
