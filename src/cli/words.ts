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

/** A count with its unit, as people write it: `1 record`, `3,376 records`. */
export function quantity(count: number, unit: string, units = `${unit}s`): string {
  return `${grouped(count)} ${count === 1 ? unit : units}`;
}

/** A time as people read it, to the minute: `2026-11-22T07:00Z`. */
export function minute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}

/** A time span in its two largest units: `42 s`, `12 min 4 s`, `3 h 20 min`, `2 d 5 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const units = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ] as const;
  const first = units.findIndex(([, count]) => count > 0);
  if (first < 0) return '0 s';
  const shown = units.slice(first, first + 2).filter(([, count]) => count > 0);
  return shown.map(([unit, count]) => `${count} ${unit}`).join(' ');
}

/** Bytes to three digits, in decimal units: `512 B`, `48.3 MB`. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  while (size >= 999.5 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : Number(size.toPrecision(3))} ${units[unit] ?? 'B'}`;
}

/** US dollars: cents from a dollar on, more digits below; of less than a tenth of a cent, two digits that say something. */
export function usd(dollars: number): string {
  if (dollars > 0 && dollars < 0.001) return `$${dollars.toFixed(Math.min(20, 1 + Math.ceil(-Math.log10(dollars))))}`;
  return `$${dollars.toFixed(dollars >= 1 || dollars === 0 ? 2 : 4)}`;
}

const ages = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
] as const;

/** How long something lasts, in its largest unit: `3d`, `5h`, `12m`, `40s`. */
export function age(ms: number): string {
  const found = ages.find((one) => ms >= one.ms);
  return found ? `${Math.floor(ms / found.ms)}${found.unit}` : `${Math.max(0, Math.floor(ms / 1000))}s`;
}

/** The warning about a source that holds nothing. */
export function noRecords(source: string): string {
  return `warning: ${source === '-' ? 'standard input' : source} holds no record\n`;
}

/** Said where no record of standard input could be read, and nobody said what it is. */
export const stdinIsJsonl = 'Standard input is read as JSONL, and no line of it is JSON. Say what it is: --format csv, for example.\n';
