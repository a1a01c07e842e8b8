import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs';
import type { OnReject, Rejection } from './record.ts';

/**
 * The side file of a run or a join: one JSON line for each record or line that found no place. It is written directly, line
 * by line, so that a crash leaves what was known; it exists only if something was rejected, and a stale one is removed.
 *
 * @example
 * const rejects = new RejectsFile('out.csv.rejects.jsonl');
 * await pipeline(readRecords('in.csv', { onReject: rejects.add }), ...);
 * const count = await rejects.close();
 */
export class RejectsFile {
  readonly path: string;
  #file: number | undefined;
  #count = 0;

  constructor(path: string) {
    this.path = path;
    rmSync(path, { force: true });
  }

  /** How many rejections were written. */
  get count(): number {
    return this.#count;
  }

  /** Writes one rejection. Bound, so that it can be passed as `onReject`. */
  readonly add: OnReject = (rejection) => {
    this.#file ??= openSync(this.path, 'a');
    // Rejections are rare, and a lost one would be a lie: nothing is buffered.
    appendFileSync(this.#file, `${JSON.stringify(lineOf(rejection))}\n`);
    this.#count += 1;
  };

  /** Closes the file; resolves with the count. */
  close(): Promise<number> {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    return Promise.resolve(this.#count);
  }
}

/** The fields of the side file, in the order in which people read them. */
function lineOf({ file, line, column, index, customId, code, rule, message, endsSource, raw, value }: Rejection): object {
  return { file, line, column, record: index, custom_id: customId, code, rule, message, ends_source: endsSource, raw, value };
}
