import { createReadStream } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readLines, type Line } from '../records/lines.ts';

const READ_BYTES = 128 * 1024;
/** Rows answered side by side, for answer functions that wait. */
const SIDE_BY_SIDE = 32;
/** The event loop is handed back at least this often. */
const TURN_MS = 8;

/** The lines of a file, one array for each stretch of it. */
export function linesOf(path: string): AsyncGenerator<Line[], void, undefined> {
  return readLines(createReadStream(path, { highWaterMark: READ_BYTES }));
}

/**
 * Answers the lines of a file and writes what came of them in input order. Holds a few lines at a time, and lets others have
 * their turn in between.
 *
 * @param answer may wait; several are asked side by side
 * @throws the signal's reason when it is aborted
 */
export async function answerLines<Row>(
  path: string,
  steps: { readonly answer: (line: Line) => Promise<Row>; readonly write: (row: Row) => Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  let turnBegan = performance.now();
  for await (const lines of linesOf(path)) {
    for (let start = 0; start < lines.length; start += SIDE_BY_SIDE) {
      steps.signal.throwIfAborted();
      const rows = await orAborted(Promise.all(lines.slice(start, start + SIDE_BY_SIDE).map(steps.answer)), steps.signal);
      for (const row of rows) await steps.write(row);
      if (performance.now() - turnBegan > TURN_MS) {
        await nextTurn();
        turnBegan = performance.now();
      }
    }
  }
}

/** An answer function that never answers must not keep the emulator from closing. A fresh promise each time: racing one that lasts would hold every row. */
function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
