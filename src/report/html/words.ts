import { grouped } from '../../numbers.ts';
import { dollars } from '../dollars.ts';

/** A count as people read it. */
export const count = (value: number): string => grouped(Math.round(value));

/** A share of a whole; what is neither none nor all never reads as such. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0%';
  if (part === whole) return '100%';
  return `${Math.min(99.9, Math.max(0.1, (part / whole) * 100)).toFixed(1)}%`;
}

/** US dollars: cents from a dollar on; small sums with as many digits as they need. */
export const usd = (value: number): string => dollars(value, 2);

/** A time, to the second: `2026-11-22 07:00:04 UTC`. */
export const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const units = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1_000]] as const;

/** A span of time in its two largest units: `2 h 5 min`. */
export function span(ms: number): string {
  const first = units.findIndex(([, size]) => ms >= size);
  if (first < 0) return `${Math.max(0, Math.round(ms))} ms`;
  const parts: string[] = [];
  let rest = ms;
  for (const [name, size] of units.slice(first, first + 2)) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0) parts.push(`${whole} ${name}`);
  }
  return parts.join(' ');
}
