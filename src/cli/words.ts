/** A count with its unit, as people write it: `1 record`, `3,376 records`. */
export function quantity(count: number, unit: string, units = `${unit}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? unit : units}`;
}

/** A time as people read it, to the minute: `2026-11-22T07:00Z`. */
export function minute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}

/** The warning about a source that holds nothing. */
export function noRecords(source: string): string {
  return `warning: ${source === '-' ? 'standard input' : source} holds no record\n`;
}
