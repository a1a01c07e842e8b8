import type { Rejection } from './record.ts';

/** Rows a reader rejected, waiting for their place among the records. */
export class UnreadableRows {
  readonly #waiting: Rejection[] = [];
  #take: (rejection: Rejection) => boolean = () => false;

  /**
   * Offers each row first to a function that takes it, with true, if all before it were dealt with: rows without end, and no
   * record among them, must not pile up.
   */
  offerTo(take: (rejection: Rejection) => boolean): void {
    this.#take = take;
    this.offer();
  }

  add(rejection: Rejection): void {
    if (this.#waiting.length > 0 || !this.#take(rejection)) this.#waiting.push(rejection);
  }

  /** Offers again what waits, because a record was dealt with. */
  offer(): void {
    const refused = this.#waiting.findIndex((rejection) => !this.#take(rejection));
    this.#waiting.splice(0, refused === -1 ? this.#waiting.length : refused);
  }

  /** Those that stand before the record with this index. */
  before(index: number): Rejection[] {
    const count = this.#waiting.findIndex((rejection) => (rejection.index ?? -1) >= index);
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
  }
}
