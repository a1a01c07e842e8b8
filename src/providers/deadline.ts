/**
 * Ends one call: when the caller's signal aborts, or when `timeoutMs` pass without {@link Deadline.touch}.
 * A call that never touches it has a deadline for the whole, body included; a transfer that touches it at each chunk has an
 * idle timeout. The SDKs' own timeout stops at the response headers (`openai` 6), so it cannot be relied on.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #caller: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#caller?.reason);
  #timer: NodeJS.Timeout | undefined;
  #expired = false;

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    caller?.throwIfAborted();
    this.#timeoutMs = timeoutMs;
    this.#caller = caller;
    caller?.addEventListener('abort', this.#onAbort, { once: true });
    this.touch();
  }

  /** For the calls below: aborts with the caller's signal and with the timeout. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True once the time ran out. */
  get expired(): boolean {
    return this.#expired;
  }

  /** The caller's signal, if it has aborted. */
  get canceledBy(): AbortSignal | undefined {
    return this.#caller?.aborted === true ? this.#caller : undefined;
  }

  /** Starts the time anew. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
    }, this.#timeoutMs);
  }

  /** Stops the time: the next move is the caller's. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** The call is over. With `abort`, what is still open below is cut. */
  close({ abort = false }: { readonly abort?: boolean } = {}): void {
    this.pause();
    this.#caller?.removeEventListener('abort', this.#onAbort);
    if (abort) this.#controller.abort();
  }
}
