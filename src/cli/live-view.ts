import type { RunSnapshot } from '../index.ts';
import type { Paint } from './colors.ts';
import { Pace } from './pace.ts';
import { drawTable, type Picture } from './progress-table.ts';
import type { ProgressView } from './progress.ts';
import { sumOf } from './words.ts';

/** At most five tables a second. */
const redrawMs = 200;
/** How often the clock of the table goes on where nothing else changes. */
const tickMs = 1000;

/** A terminal, as far as a table needs it. */
export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>;

/** One table that is drawn again in place; what must stay is written above it. */
export class LiveView implements ProgressView {
  readonly #terminal: Terminal;
  readonly #paint: Paint;
  readonly #startedAt = Date.now();
  readonly #pace = new Pace();
  readonly #transfer = new Pace();
  readonly #redraw = (): void => this.#draw();
  #snapshot: RunSnapshot | undefined;
  #phase: RunSnapshot['phase'] | undefined;
  /** The lines on the screen, as long as they were when drawn. */
  #shown: readonly number[] = [];
  #drawnAt = 0;
  #late: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, paint: Paint) {
    this.#terminal = terminal;
    this.#paint = paint;
  }

  show(snapshot: RunSnapshot): void {
    if (snapshot.isDelayed || (snapshot.phase === 'building' && snapshot.news !== undefined)) this.note(`${snapshot.news ?? ''}\n`);
    const now = Date.now();
    this.#observe(snapshot, now);
    if (this.#tick === undefined) this.#begin();
    const waitMs = this.#drawnAt + redrawMs - now;
    if (waitMs <= 0) this.#draw();
    else this.#late ??= setTimeout(this.#redraw, waitMs).unref();
  }

  note(text: string): void {
    this.#terminal.write(this.#erased() + text);
    if (this.#snapshot) this.#draw();
  }

  end(): void {
    if (this.#tick === undefined) return;
    this.#draw();
    clearInterval(this.#tick);
    clearTimeout(this.#late);
    this.#terminal.off('resize', this.#redraw);
    [this.#tick, this.#late, this.#snapshot, this.#shown] = [undefined, undefined, undefined, []];
  }

  #begin(): void {
    this.#tick = setInterval(this.#redraw, tickMs).unref();
    this.#terminal.on('resize', this.#redraw);
  }

  #observe(snapshot: RunSnapshot, now: number): void {
    const { phase, bytes, requests, outcomes } = snapshot;
    // Each phase counts something else.
    if (phase !== this.#phase) for (const pace of [this.#pace, this.#transfer]) pace.restart();
    this.#phase = phase;
    const isSending = phase === 'sending';
    const joined = sumOf(outcomes);
    this.#pace.see(now, phase === 'building' ? bytes.built : isSending ? requests.succeeded + requests.failed : joined);
    this.#transfer.see(now, phase === 'joining' ? bytes.joined : bytes.downloaded);
    this.#snapshot = snapshot;
  }

  #draw(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    if (!this.#snapshot) return;
    const now = Date.now();
    const { columns, rows } = this.#size();
    const lines = drawTable(this.#picture(this.#snapshot, now), { columns, paint: this.#paint }).slice(0, Math.max(1, rows - 1));
    this.#terminal.write(this.#erased() + lines.map(({ painted }) => `${painted}\n`).join(''));
    this.#shown = lines.map(({ text }) => text.length);
    this.#drawnAt = now;
  }

  #picture(snapshot: RunSnapshot, now: number): Picture {
    const { phase, requests, records } = snapshot;
    const remainingMs = phase === 'building' ? undefined : this.#pace.remainingMs(now, phase === 'sending' ? requests.total : records);
    return {
      snapshot,
      now,
      startedAt: this.#startedAt,
      perSecond: this.#pace.perSecond(now),
      bytesPerSecond: this.#transfer.perSecond(now),
      ...(remainingMs === undefined ? {} : { remainingMs }),
    };
  }

  /** A terminal that was told no size says 0. */
  #size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#terminal.columns || 80, rows: this.#terminal.rows || 24 };
  }

  /** What takes the table off the screen: a terminal that became narrower has broken its lines. */
  #erased(): string {
    const { columns } = this.#size();
    const rows = this.#shown.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / columns)), 0);
    this.#shown = [];
    return rows === 0 ? '' : `\u001B[${rows}A\r\u001B[J`;
  }
}
