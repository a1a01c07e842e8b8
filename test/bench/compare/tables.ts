import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import type { Compare } from '../race.ts';
import { haveSameBytes, linesOf } from './lines.ts';
import { compareInOrder, isSameData } from './values.ts';

/** Compares the CSV file of this name in two folders cell by cell, in order, read by csv-parse. */
export function compareCsv(name: string): Compare {
  return async (reference, output) => {
    const [first, second] = [join(reference, name), join(output, name)];
    return haveSameBytes(first, second) ? undefined : compareInOrder('row', rowsOf(first), rowsOf(second), isSameData);
  };
}

function rowsOf(path: string): AsyncIterable<readonly string[]> {
  return createReadStream(path, { highWaterMark: 1 << 20 }).pipe(parse());
}

/** Compares the JSON lines of the file of this name in two folders as data, in order. */
export function compareJsonl(name: string): Compare {
  return async (reference, output) => {
    const [first, second] = [join(reference, name), join(output, name)];
    return haveSameBytes(first, second) ? undefined : compareInOrder('line', linesOf(first), linesOf(second), isSameJson);
  };
}

/** Whether two lines hold the same data. */
export function isSameJson(first: string, second: string): boolean {
  return first === second || isSameData(JSON.parse(first), JSON.parse(second));
}
