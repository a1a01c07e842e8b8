import type { WriteStream } from 'node:tty';
import type { FlagValues } from './flags.ts';

/** Colors of text by what it means. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly waiting: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** Colors for a terminal that shows them; plain text elsewhere, with `--no-color` and with NO_COLOR (no-color.org). FORCE_COLOR wins over all but the flag. */
export function paintFor(stream: Pick<WriteStream, 'isTTY'>, { color }: Pick<FlagValues, 'color'>, env: Readonly<Record<string, string | undefined>> = process.env): Paint {
  const isForced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0';
  const isWanted = isForced || (stream.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb');
  const paint = (code: number) => (text: string) => (color !== false && isWanted && text !== '' ? `\u001B[${code}m${text}\u001B[0m` : text);
  return { good: paint(32), bad: paint(31), waiting: paint(33), faint: paint(2), strong: paint(1) };
}
