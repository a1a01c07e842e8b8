import type { RunSnapshot } from '../index.ts';
import { minute, quantity } from './words.ts';

const redrawMs = 200;

/** Shows a run on stderr: one live line on a terminal, one plain line for each change elsewhere. */
export interface ProgressView {
  show(snapshot: RunSnapshot): void;
  /** Leaves the last state on the screen; once, however often it is called. */
  end(): void;
}

export function progressView(stream: NodeJS.WriteStream, quiet: boolean): ProgressView {
  if (quiet) return { show: () => undefined, end: () => undefined };
  return stream.isTTY ? liveView(stream) : plainView(stream);
}

function liveView(stream: NodeJS.WriteStream): ProgressView {
  let last: RunSnapshot | undefined;
  let drawnAt = 0;
  const draw = (snapshot: RunSnapshot) => {
    const line = describe(snapshot).slice(0, Math.max(20, stream.columns - 1));
    stream.write(`\r\u001B[K${line}`);
  };
  return {
    show(snapshot) {
      last = snapshot;
      if (snapshot.isDelayed || (snapshot.phase === 'building' && snapshot.news !== undefined)) stream.write(`\r\u001B[K${snapshot.news ?? ''}\n`);
      const now = Date.now();
      if (now - drawnAt < redrawMs) return;
      drawnAt = now;
      draw(snapshot);
    },
    end() {
      if (!last) return;
      draw(last);
      stream.write('\n');
      last = undefined;
    },
  };
}

function plainView(stream: NodeJS.WriteStream): ProgressView {
  let last = '';
  return {
    show(snapshot) {
      const line = snapshot.news ?? describePhase(snapshot);
      if (line === last) return;
      last = line;
      stream.write(`${line}\n`);
    },
    end: () => undefined,
  };
}

/** A phase in plain words; the same until the phase changes. */
function describePhase({ phase, records, shards }: RunSnapshot): string {
  const total = Object.values(shards).reduce((sum, count) => sum + count, 0);
  switch (phase) {
    case 'building':
      return 'building requests';
    case 'sending':
      return `${quantity(records, 'record')} in ${quantity(total, 'shard')}`;
    case 'joining':
      return 'joining results';
    case 'done':
      return 'done';
  }
}

function describe(snapshot: RunSnapshot): string {
  const { phase, records, shards, requests, outcomes, deadlines } = snapshot;
  switch (phase) {
    case 'building':
      return `building requests: ${quantity(records, 'record')}`;
    case 'sending': {
      const states = Object.entries(shards).filter(([, value]) => value > 0);
      return `shards: ${states.map(([state, value]) => `${value} ${state}`).join(', ')} | requests done: ${count(requests.succeeded + requests.failed)} of ${count(requests.total)}${costText(snapshot)}${describeDeadline(deadlines)}`;
    }
    case 'joining':
    case 'done':
      return `joined: ${count(Object.values(outcomes).reduce((sum, value) => sum + value, 0))} of ${quantity(records, 'record')}`;
  }
}

/** What comes first: batches end, then their results go. */
function describeDeadline({ expiresAt, resultsUntil }: RunSnapshot['deadlines']): string {
  if (expiresAt !== undefined) return ` | expires ${minute(expiresAt)}`;
  return resultsUntil === undefined ? '' : ` | results until ${minute(resultsUntil)}`;
}

/** What was spent, and what it comes to in the end if the rest is like it. */
function costText({ cost }: RunSnapshot): string {
  return cost === undefined ? '' : ` | spent: $${cost.usd.toFixed(4)} of about $${cost.expectedUsd.toFixed(4)}`;
}

const count = (value: number) => value.toLocaleString('en-US');
