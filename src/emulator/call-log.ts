import type { ServerResponse } from 'node:http';

/** One call that the emulator got. */
export interface Call {
  /** E.g. `openai.batches.create`. */
  readonly route: string;
  /** Unix milliseconds by the emulator's clock. */
  readonly at: number;
  /** Status of the answer; 0 while there is none, and for a call that never got one. */
  readonly status: number;
}

interface Entry {
  call: Call;
  /** While it is under way. */
  response: ServerResponse | undefined;
}

/** Older calls are forgotten: an emulator may run for weeks. */
const KEPT = 100_000;

/** The calls that found a route and had a key, in order. */
export class CallLog {
  #calls: Entry[] = [];

  /** Adds a call at its arrival; its status is read when asked for, until the answer is over. */
  add(route: string, at: number, response: ServerResponse): void {
    if (this.#calls.length >= 2 * KEPT) this.#calls = this.#calls.slice(-KEPT);
    const entry: Entry = { call: { route, at, status: 0 }, response };
    this.#calls.push(entry);
    response.once('close', () => {
      entry.call = { route, at, status: statusOf(response) };
      entry.response = undefined;
    });
  }

  /** The latest calls, oldest first: at least 100,000 of them if there were so many. */
  list(): Call[] {
    return this.#calls.map(({ call, response }) => (response === undefined ? call : { ...call, status: statusOf(response) }));
  }
}

function statusOf({ headersSent, statusCode }: ServerResponse): number {
  return headersSent ? statusCode : 0;
}
