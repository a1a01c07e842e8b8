import type { RunSnapshot } from '../index.ts';
import { countsOf } from './progress-table.ts';
import type { ProgressView } from './progress.ts';
import { grouped, quantity, sumOf, usd } from './words.ts';

/** How long a log is silent at most while a run goes on. */
export const heartbeatMs = 30_000;

/** One line for each change, and a sign of life where nothing changes: for pipes, CI and cron. */
export class PlainView implements ProgressView {
  readonly #write: (text: string) => void;
  #last = '';
  #phase: RunSnapshot['phase'] | undefined;
  #snapshot: RunSnapshot | undefined;
  #heart: NodeJS.Timeout | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  show(snapshot: RunSnapshot): void {
    this.#snapshot = snapshot;
    this.#heart ??= setInterval(() => this.#beat(), heartbeatMs).unref();
    const isNewPhase = snapshot.phase !== this.#phase;
    this.#phase = snapshot.phase;
    const line = snapshot.news ?? (isNewPhase ? describePhase(snapshot) : this.#last);
    if (line === this.#last) return;
    this.#last = line;
    this.note(`${line}\n`);
  }

  note(text: string): void {
    this.#heart?.refresh();
    this.#write(text);
  }

  end(): void {
    clearInterval(this.#heart);
    this.#heart = undefined;
  }

  #beat(): void {
    if (this.#snapshot) this.#write(`${describeState(this.#snapshot)}\n`);
  }
}

/** A phase in plain words; the same until the phase changes. */
function describePhase({ phase, records, shards }: RunSnapshot): string {
  switch (phase) {
    case 'building':
      return 'building requests';
    case 'sending':
      return `${quantity(records, 'record')} in ${quantity(sumOf(shards), 'shard')}`;
    case 'joining':
      return 'joining results';
    case 'done':
      return 'done';
  }
}

/** Where a run stands, in one line. */
function describeState({ phase, records, shards, requests, outcomes, cost }: RunSnapshot): string {
  switch (phase) {
    case 'building':
      return `still building: ${quantity(records, 'record')}`;
    case 'sending':
      return `still waiting: ${countsOf(shards).join(', ')}; requests done: ${grouped(requests.succeeded + requests.failed)} of ${grouped(requests.total)}${cost ? `; ${usd(cost.usd)} so far` : ''}`;
    case 'joining':
    case 'done':
      return `still joining: ${records === 0 ? '' : `${grouped(sumOf(outcomes))} of `}${quantity(records === 0 ? sumOf(outcomes) : records, 'record')}`;
  }
}
