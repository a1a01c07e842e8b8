import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressView, type ProgressView, type ViewOptions } from '../../src/cli/progress.ts';
import { sending } from './progress-fixtures.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 7) }));
afterEach(() => void vi.useRealTimers());

/** A terminal that keeps what stays on its screen; as far as views use one. */
class Screen extends EventEmitter {
  columns = 80;
  readonly rows = 24;
  readonly isTTY: boolean;
  writes = 0;
  written = '';
  /** Rows above the cursor, which is always at the start of a line. */
  lines: string[] = [];

  constructor(isTerminal: boolean) {
    super();
    this.isTTY = isTerminal;
  }

  write(text: string): boolean {
    this.writes += 1;
    this.written += text;
    // oxlint-disable-next-line no-control-regex -- the sequence that takes lines away begins with the escape character
    const [, rows, rest = ''] = /^(?:\u001B\[(\d+)A\r\u001B\[J)?([^]*)$/.exec(text) ?? [];
    if (rows !== undefined) this.lines.splice(-Number(rows));
    this.lines.push(...rest.split('\n').slice(0, -1));
    return true;
  }

  /** Breaks lines that no longer fit, as terminals do. */
  narrow(columns: number): void {
    this.columns = columns;
    this.lines = this.lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']);
    this.emit('resize');
  }
}

function open(isTerminal: boolean, options: Partial<ViewOptions> = {}): { screen: Screen; view: ProgressView } {
  const screen = new Screen(isTerminal);
  // Of a terminal, a view uses what a screen has.
  return { screen, view: progressView(screen as unknown as NodeJS.WriteStream, { quiet: false, log: 'text', color: false, environment: {}, ...options }) };
}

const delay = 'shard 2: OpenAI could not be reached. Next try in 4 s.';
const table = ['sending   ███████░░░░░░░░░░░░░░░░░ 29 %, 0 s', 'shards    2 submitted, 1 fetched', 'requests  1,000 done, 7 failed, 1,369 in flight, of 3,376'];

test('a terminal has one table, and the last state of it stays', () => {
  const { screen, view } = open(true);
  view.show(sending);
  expect(screen.lines).toEqual(table);
  view.show({ ...sending, phase: 'done', outcomes: { ...sending.outcomes, succeeded: 3376 } });
  view.end();
  view.end();
  expect(screen.lines).toEqual(['done      3,376 records, 0 s', 'outcomes  3,376 succeeded']);
});

test('a table is drawn five times a second at most, and never misses the last state', () => {
  const { screen, view } = open(true);
  for (let done = 0; done < 1000; done += 1) {
    view.show({ ...sending, requests: { ...sending.requests, succeeded: done } });
    vi.advanceTimersByTime(1);
  }
  expect(screen.writes).toBeLessThanOrEqual(6);
  vi.advanceTimersByTime(200);
  expect(screen.lines[2]).toContain('999 done');
  view.end();
});

test('the clock of a table goes on where nothing changes', () => {
  const { screen, view } = open(true);
  view.show(sending);
  vi.advanceTimersByTime(61_000);
  expect(screen.lines[0]).toBe(table[0]?.replace('0 s', '1 min 1 s'));
  view.end();
  vi.advanceTimersByTime(60_000);
  expect(screen.lines[0]).toContain('1 min 1 s');
});

test('what went wrong stays above the table, and so does what is said', () => {
  const { screen, view } = open(true);
  view.show(sending);
  view.show({ ...sending, news: delay, isDelayed: true });
  view.note('Stopping.\n');
  view.end();
  expect(screen.lines).toEqual([delay, 'Stopping.', ...table]);
});

test('a table is whole after the terminal became narrow', () => {
  const { screen, view } = open(true);
  view.note('before\n');
  view.show(sending);
  screen.narrow(30);
  view.end();
  expect(screen.lines).toEqual(['before', 'sending   ███░░░░░░░░░ 29 %,', '          0 s', 'shards    2 submitted,', '          1 fetched', 'requests  1,000 done,', '          7 failed,', '          1,369 in flight,', '          of 3,376']);
});

test.each([{ CI: 'true' }, { TERM: 'dumb' }])('a terminal that nobody watches gets plain lines: %j', (environment) => {
  const { screen, view } = open(true, { environment });
  view.show(sending);
  view.end();
  expect(screen.written).toBe('3,376 records in 3 shards\n');
});

test('colors unless they are not wanted', () => {
  const written = (options: Partial<ViewOptions>) => {
    const { screen, view } = open(true, { color: true, ...options });
    view.show(sending);
    view.end();
    return screen.written;
  };
  const red = '\u001B[31m';
  expect([written({}), written({ color: false }), written({ environment: { NO_COLOR: '1' } }), written({ environment: { NO_COLOR: '1', FORCE_COLOR: '1' } })].map((text) => text.includes(red))).toEqual([true, false, false, true]);
});

test('elsewhere each change is a line, once', () => {
  const { screen, view } = open(false);
  const news = 'shard 1: completed';
  for (const snapshot of [sending, sending, { ...sending, news }, { ...sending, news }, { ...sending, news: delay, isDelayed: true as const }, { ...sending, nextLookAt: 1 }]) view.show(snapshot);
  view.end();
  expect(screen.written).toBe(`3,376 records in 3 shards\n${news}\n${delay}\n`);
});

test('a log has a sign of life every 30 s of silence, until the end', () => {
  const { screen, view } = open(false);
  view.show(sending);
  vi.advanceTimersByTime(29_000);
  view.show({ ...sending, news: delay });
  vi.advanceTimersByTime(29_000);
  expect(screen.lines).toHaveLength(2);
  vi.advanceTimersByTime(31_000);
  const beat = 'still waiting: 2 submitted, 1 fetched; requests done: 1,007 of 3,376';
  expect(screen.lines.slice(2)).toEqual([beat, beat]);
  view.end();
  vi.advanceTimersByTime(60_000);
  expect(screen.lines).toHaveLength(4);
});

test('JSON lines for machines: changes, a sign of life, the last state once', () => {
  const { screen, view } = open(true, { log: 'json' });
  view.show(sending);
  view.show(sending);
  view.show({ ...sending, news: delay, isDelayed: true });
  view.note('Stopping.\n');
  vi.advanceTimersByTime(30_000);
  view.show({ ...sending, records: 3377 });
  view.show({ ...sending, records: 3378 });
  view.end();
  view.end();
  const lines = screen.lines.map((line) => JSON.parse(line) as { type: string; news?: string; message?: string; time: string; records?: number });
  expect(lines[0]).toEqual({ version: 1, time: '2026-11-22T07:00:00.000Z', type: 'progress', ...sending });
  expect(lines.map(({ type, news, message, time, records }) => [time.slice(17, 19), type, news ?? message ?? records])).toEqual([
    ['00', 'progress', 3376],
    ['00', 'progress', delay],
    ['00', 'message', 'Stopping.'],
    ['30', 'progress', delay],
    ['30', 'progress', 3378],
  ]);
});

test('quiet, there is nothing', () => {
  for (const log of ['text', 'json'] as const) {
    const { screen, view } = open(true, { quiet: true, log });
    view.show(sending);
    view.note('Stopping.\n');
    view.end();
    expect(screen.written).toBe('');
  }
});
