/** Time that a pace looks back over, in milliseconds: long enough for batches that end minutes apart, short enough to follow a change. */
const windowMs = 30 * 60_000;
/** Share of the work that must be seen before anything is foretold. */
const leastShare = 0.01;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How fast something goes, from what was seen of it. Times in Unix milliseconds. */
export class Pace {
  readonly #samples: Sample[] = [];

  /** Forgets what was seen: something else is counted from now on. */
  restart(): void {
    this.#samples.length = 0;
  }

  /** So much was done by then. Only changes are kept; what went back begins anew. */
  see(at: number, done: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && done < last.done) this.restart();
    if (last?.done === done) return;
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) > windowMs) this.#samples.shift();
  }

  /** Units a second; 0 until there was a change to measure. */
  perSecond(now: number): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    return first === undefined || last === undefined || now <= first.at ? 0 : ((last.done - first.done) * 1000) / (now - first.at);
  }

  /** Milliseconds until all is done, at the pace so far; `undefined` while too little was seen. */
  remainingMs(now: number, total: number): number | undefined {
    const done = this.#samples.at(-1)?.done ?? 0;
    const perSecond = this.perSecond(now);
    if (perSecond === 0 || done >= total || done < total * leastShare) return undefined;
    return ((total - done) / perSecond) * 1000;
  }
}
