import type { RunSnapshot } from '../index.ts';
import { paintFor } from './colors.ts';
import { JsonView } from './json-view.ts';
import { LiveView } from './live-view.ts';
import { PlainView } from './plain-view.ts';

/** Shows a run on stderr while it goes on. */
export interface ProgressView {
  show(snapshot: RunSnapshot): void;
  /** Writes a text, whole lines, that stays. */
  note(text: string): void;
  /** Leaves the last state on the screen; once, however often it is called. */
  end(): void;
}

/** What decides how a run is shown. */
export interface ViewOptions {
  readonly quiet: boolean;
  readonly log: 'text' | 'json';
  readonly color: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A live table on a terminal, plain lines elsewhere; JSON lines on request, nothing when quiet. */
export function progressView(stream: NodeJS.WriteStream, { quiet, log, color, environment }: ViewOptions): ProgressView {
  const write = (text: string): void => void stream.write(text);
  if (quiet) return { show: () => undefined, note: () => undefined, end: () => undefined };
  if (log === 'json') return new JsonView(write);
  // CI systems give some commands a terminal that nobody watches, and keep every redraw in their log.
  const isWatched = stream.isTTY && environment['TERM'] !== 'dumb' && !environment['CI'];
  return isWatched ? new LiveView(stream, paintFor(stream, { color }, environment)) : new PlainView(write);
}
