import { InputError } from '../errors.ts';
import type { Fault } from './fault-rules.ts';
import { nominalMs } from './lifecycle.ts';
import type { AnswerFunction } from './reply.ts';

/** What decides how long the rows of a batch take. */
export interface BatchSize {
  readonly provider: 'openai' | 'anthropic';
  readonly id: string;
  /** How many batches the emulator made before this one. */
  readonly sequence: number;
}

/** How an emulator is started. Every field is optional. */
export interface EmulatorOptions {
  /** TCP port; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Address to listen on. The default is reachable from this machine only. @default '127.0.0.1' */
  readonly host?: string;
  /**
   * Where files and batches are kept (0700): an emulator started on the same directory goes on where it was killed.
   * @default a temporary directory, removed by `close`
   */
  readonly directory?: string;
  /** Your own answers, in place of the made-up ones. See {@link AnswerFunction}. */
  readonly answer?: AnswerFunction;
  /**
   * Where the time comes from, in Unix milliseconds. With a clock of your own no timer runs: a batch moves on when a request
   * asks for it, or `settle` is called, after the clock was moved.
   */
  readonly clock?: { now(): number };
  /**
   * How much faster than at a provider batches go: divides the stages (20 s checking, 10 min of work, 30 s writing files, 25 s
   * canceling) and the 24 h window alike; not the lifetime of files and results. 1 is as slow as life.
   * @default 2000 (a batch ends within half a second), 1 with a clock of your own
   */
  readonly speed?: number;
  /** Nominal milliseconds of work of a batch, before `speed`; beyond 24 h it expires with part of its rows done. @default 600_000 */
  readonly durationMs?: number | ((batch: BatchSize) => number);
  /** Result files out of input order, as neither provider promises any. @default true */
  readonly shuffle?: boolean;
  /** With the clock it fixes the ids; with the id of a batch the order of its results; alone the made-up answers. @default 1 */
  readonly seed?: number;
  /** Whether OpenAI's validation reports its first problem only, or all (at most 1,000): both have been seen. @default 'first' */
  readonly validationErrors?: 'first' | 'all';
  /** What OpenAI says for `error_file_id` of an ended batch without failed rows: both have been seen. @default null */
  readonly absentErrorFileId?: null | '';
  /** Whether Anthropic's end counters stay zero until the batch has ended, or move: both have been seen. @default 'zero' */
  readonly anthropicCounts?: 'zero' | 'moving';
  /** A finished row of a canceled OpenAI batch turns up in neither file, as was seen. @default false */
  readonly loseRowOnCancel?: boolean;
  /** How Anthropic's `results_url` reads: absolute, a path alone, or on another origin, e.g. `http://127.0.0.1:9999`. @default 'absolute' */
  readonly resultsUrl?: 'absolute' | 'relative' | `http://${string}` | `https://${string}`;
  /** Whether downloads honor `Range`; else it is ignored. Which of them OpenAI does is unknown. @default true */
  readonly ranges?: boolean;
  /** Prompt tokens that may wait for one model before OpenAI refuses a batch with `token_limit_exceeded`. @default Infinity */
  readonly enqueuedTokenLimit?: number;
  /** What goes wrong, and where: rules, or their texts such as `openai.batches.create nth=1 reset=after`. @default nothing */
  readonly faults?: readonly Fault[];
  /** Closes the emulator. */
  readonly signal?: AbortSignal;
}

/** The options with every default filled in. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly directory: string | undefined;
  readonly answer: AnswerFunction | undefined;
  readonly now: () => number;
  /** False with an injected clock. */
  readonly timers: boolean;
  readonly speed: number;
  readonly workMs: (batch: BatchSize) => number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly validationErrors: 'first' | 'all';
  readonly absentErrorFileId: null | '';
  readonly anthropicCounts: 'zero' | 'moving';
  readonly loseRowOnCancel: boolean;
  readonly resultsUrl: string;
  readonly ranges: boolean;
  readonly enqueuedTokenLimit: number;
}

function check(condition: boolean, option: string, expected: string, value: unknown): void {
  if (condition) return;
  throw new InputError('invalid_option', `startEmulator: \`${option}\` must be ${expected}, not ${String(value)}.`);
}

function oneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  check(allowed.includes(value), option, `one of ${allowed.map((word) => JSON.stringify(word)).join(', ')}`, value);
}

function checked(settings: Settings): Settings {
  const { port, speed, enqueuedTokenLimit, resultsUrl } = settings;
  check(Number.isInteger(port) && port >= 0 && port < 65_536, 'port', 'a port number from 0 to 65535', port);
  check(Number.isFinite(speed) && speed > 0, 'speed', 'a number above 0', speed);
  check(Number.isInteger(settings.seed), 'seed', 'a whole number', settings.seed);
  check(enqueuedTokenLimit >= 0, 'enqueuedTokenLimit', 'a number of tokens, 0 or more', enqueuedTokenLimit);
  oneOf('validationErrors', settings.validationErrors, ['first', 'all']);
  oneOf('absentErrorFileId', settings.absentErrorFileId, [null, '']);
  oneOf('anthropicCounts', settings.anthropicCounts, ['zero', 'moving']);
  const isOrigin = /^https?:\/\/./.test(resultsUrl);
  check(isOrigin || ['absolute', 'relative'].includes(resultsUrl), 'resultsUrl', "'absolute', 'relative' or an origin", resultsUrl);
  return settings;
}

function workOf(durationMs: number | ((batch: BatchSize) => number)): (batch: BatchSize) => number {
  return (batch) => {
    const workMs = typeof durationMs === 'function' ? durationMs(batch) : durationMs;
    check(Number.isFinite(workMs) && workMs >= 0, 'durationMs', 'a number of milliseconds, 0 or more', workMs);
    return workMs;
  };
}

/**
 * Fills in the defaults.
 * @throws InputError `invalid_option`
 */
export function settingsOf(options: EmulatorOptions): Settings {
  const { clock, durationMs = nominalMs.work } = options;
  const workMs = workOf(durationMs);
  if (typeof durationMs === 'number') workMs({ provider: 'openai', id: '', sequence: 0 });
  return checked({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    directory: options.directory,
    answer: options.answer,
    now: () => (clock ?? Date).now(),
    timers: clock === undefined,
    speed: options.speed ?? (clock === undefined ? 2000 : 1),
    workMs,
    shuffle: options.shuffle ?? true,
    seed: options.seed ?? 1,
    validationErrors: options.validationErrors ?? 'first',
    absentErrorFileId: options.absentErrorFileId ?? null,
    anthropicCounts: options.anthropicCounts ?? 'zero',
    loseRowOnCancel: options.loseRowOnCancel ?? false,
    resultsUrl: options.resultsUrl ?? 'absolute',
    ranges: options.ranges ?? true,
    enqueuedTokenLimit: options.enqueuedTokenLimit ?? Infinity,
  });
}
