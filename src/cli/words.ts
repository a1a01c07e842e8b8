/** A count with its unit, as people write it: `1 record`, `3,376 records`. */
export function quantity(count: number, unit: string): string {
  return `${count.toLocaleString('en-US')} ${unit}${count === 1 ? '' : 's'}`;
}
