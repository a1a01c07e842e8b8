/** A count with its unit, as people write it: `1 record`, `3,376 records`. */
export function quantity(count: number, unit: string): string {
  return `${count.toLocaleString('en-US')} ${unit}${count === 1 ? '' : 's'}`;
}

/** A time as people read it, to the minute: `2026-11-22T07:00Z`. */
export function minute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}
