/** Counts who still needs some bytes that are not their own: the owner may use them anew when nobody does. */
export class Loan {
  readonly #onEnd: () => void;
  #users = 1;

  /** Begins with one user: who makes it, gives back too. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** One more needs the bytes. */
  take(): void {
    this.#users += 1;
  }

  /** One of them needs them no longer. */
  giveBack(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#onEnd();
  }
}
