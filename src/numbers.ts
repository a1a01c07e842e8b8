/** A number as people read it, its digits in groups: `3,376`. */
export function grouped(value: number): string {
  // Not by `toLocaleString`: to load what that needs takes longer than many a command.
  const [whole = '', fraction] = String(Number(value.toFixed(3))).split('.');
  const digits = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** All counts of a table together. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
