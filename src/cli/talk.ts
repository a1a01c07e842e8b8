import { MillraceError, type RunReport, type RunSnapshot } from '../index.ts';
import { describeError } from './failure.ts';
import type { FlagValues } from './flags.ts';
import { logLine } from './json-view.ts';
import { progressView, type ProgressView } from './progress.ts';

/** A run of which nothing is known yet. */
const nothing: RunSnapshot = {
  phase: 'building',
  records: 0,
  shards: { built: 0, uploaded: 0, submitted: 0, ended: 0, fetched: 0, failed: 0 },
  requests: { total: 0, inFlight: 0, succeeded: 0, failed: 0 },
  deadlines: {},
  bytes: { built: 0, downloaded: 0, joined: 0 },
  outcomes: { succeeded: 0, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 },
};

/** What a command says on stderr: one voice, so that a live table and a log of JSON lines stay whole. */
export class Talk {
  readonly #view: ProgressView;
  readonly #isJson: boolean;
  readonly #isQuiet: boolean;

  constructor({ quiet = false, log = 'text', color = true }: Pick<FlagValues, 'quiet' | 'log' | 'color'>) {
    this.#isQuiet = quiet;
    this.#isJson = log === 'json';
    this.#view = progressView(process.stderr, { quiet, log, color, environment: process.env });
  }

  /** Shows where a run stands. */
  show(snapshot: RunSnapshot): void {
    this.#view.show(snapshot);
  }

  /** Shows a build that is of no run. */
  building(records: number, bytes: number): void {
    this.#view.show({ ...nothing, phase: 'building', records, bytes: { ...nothing.bytes, built: bytes } });
  }

  /** Shows a join that is of no run. */
  joining(outcomes: RunSnapshot['outcomes'], bytes: number): void {
    this.#view.show({ ...nothing, phase: 'joining', outcomes, bytes: { ...nothing.bytes, joined: bytes } });
  }

  /** Says something worth knowing, in whole lines; nothing when quiet. */
  say(text: string): void {
    this.#view.note(text);
  }

  /** Tells what became of all records. */
  report(report: RunReport, text: string): void {
    this.#view.end();
    if (!this.#isJson || this.#isQuiet) this.#view.note(text);
    else process.stderr.write(logLine('report', { report }));
  }

  /** Says what went wrong, and how to go on; also when quiet. */
  fail(error: unknown, hint = ''): void {
    this.#view.end();
    if (!this.#isJson) process.stderr.write(describeError(error) + hint);
    else process.stderr.write(logLine('error', { code: error instanceof MillraceError ? error.code : 'unexpected', message: describeError(error).trim(), ...(hint === '' ? {} : { hint: hint.trim() }) }));
  }

  /** The last state stays on the screen. */
  end(): void {
    this.#view.end();
  }
}
