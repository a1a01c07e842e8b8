import type { Rejection } from './record.ts';

/** Rows a reader rejected, waiting for their place among the records. */
export class UnreadableRows {
  readonly #waiting: Rejection[] = [];

  add(rejection: Rejection): void {
    this.#waiting.push(rejection);
  }

  /** Those that stand before the record with this index. */
  before(index: number): Rejection[] {
    const count = this.#waiting.findIndex((rejection) => (rejection.index ?? -1) >= index);
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
  }
}
