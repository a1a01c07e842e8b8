import type { Outcome } from '../join/outcome.ts';
import { fromByteText } from './byte-text.ts';
import type { ScannedLine } from './line-scanner.ts';
import type { Usage } from './result.ts';
import type { Judgment } from './scanned-tails.ts';

/** What is counted of an outcome. */
export type OutcomeSummary = Pick<Outcome, 'status' | 'reason' | 'model' | 'usage'>;

const firstBytes = 1024 * 1024;
/** Numbers kept of a line: input, output, cached, written to the cache, reasoning; -1 for one that was not told. */
const counts = 5;

/**
 * Tails by position, in one buffer that is used again, and the numbers of their outcomes. Tails are gathered as text and written to the
 * buffer together: one call for a block of lines.
 */
export class TailStore {
  #bytes: Buffer = Buffer.allocUnsafeSlow(0);
  #used = 0;
  #pending = '';
  #starts = new Int32Array(0);
  #lengths = new Int32Array(0);
  #numbers = new Float64Array(0);
  #judgments: (Judgment | undefined)[] = [];
  #models: (string | undefined)[] = [];
  #lastModel = '';
  /** Outcomes of lines that were parsed: few, as a rule. */
  #summaries = new Map<number, OutcomeSummary>();

  /** Forgets everything, and makes room for a number of positions. */
  clear(positions: number): void {
    this.#used = 0;
    this.#pending = '';
    this.#summaries.clear();
    if (this.#starts.length < positions) {
      this.#starts = new Int32Array(positions);
      this.#numbers = new Float64Array(positions * counts);
    }
    // Without a length there is no tail.
    this.#lengths = new Int32Array(positions);
    this.#judgments = new Array<Judgment | undefined>(positions);
    this.#models = new Array<string | undefined>(positions);
  }

  addScanned(position: number, tail: string, judgment: Judgment, line: ScannedLine): void {
    this.#add(position, tail);
    this.#judgments[position] = judgment;
    this.#models[position] = this.#modelOf(line);
    const at = position * counts;
    const numbers = this.#numbers;
    numbers[at] = line.hasUsage ? line.inputTokens : -1;
    numbers[at + 1] = line.outputTokens;
    numbers[at + 2] = line.cachedTokens ?? -1;
    numbers[at + 3] = line.cacheWriteTokens ?? -1;
    numbers[at + 4] = line.reasoningTokens ?? -1;
  }

  addOutcome(position: number, tail: string, { status, reason, model, usage }: Outcome): void {
    this.#add(position, tail);
    this.#summaries.set(position, { status, ...(reason === undefined ? {} : { reason }), ...(model === undefined ? {} : { model }), ...(usage === undefined ? {} : { usage }) });
  }

  /** Writes what was gathered. Called after each block of lines. */
  flush(): void {
    const needed = this.#used + this.#pending.length;
    if (needed > this.#bytes.length) this.#bytes = enlarged(this.#bytes, needed);
    this.#bytes.write(this.#pending, this.#used, 'latin1');
    this.#used = needed;
    this.#pending = '';
  }

  has(position: number): boolean {
    return this.lengthOf(position) > 0;
  }

  /** Bytes of the tail at a position; 0 for none. */
  lengthOf(position: number): number {
    return this.#lengths[position] ?? 0;
  }

  /** The tail at a position, as byte text. */
  text(position: number): string {
    const start = this.#starts[position] ?? 0;
    return this.#bytes.toString('latin1', start, start + this.lengthOf(position));
  }

  /** Copies the tail at a position. @returns the place behind it */
  copy(position: number, target: Buffer, at: number): number {
    const start = this.#starts[position] ?? 0;
    return at + this.#bytes.copy(target, at, start, start + this.lengthOf(position));
  }

  /** The outcome of the tail at a position, as far as it is counted. */
  summary(position: number): OutcomeSummary {
    const judgment = this.#judgments[position];
    if (judgment === undefined) return this.#summaries.get(position) ?? { status: 'missing' };
    const { status, reason } = judgment;
    const model = this.#models[position];
    const usage = this.#usageAt(position * counts);
    return { status, ...(reason === undefined ? {} : { reason }), ...(model === undefined ? {} : { model }), ...(usage === undefined ? {} : { usage }) };
  }

  /** Frees the memory. */
  close(): void {
    this.#bytes = Buffer.allocUnsafeSlow(0);
    this.clear(0);
  }

  #add(position: number, tail: string): void {
    this.#starts[position] = this.#used + this.#pending.length;
    this.#lengths[position] = tail.length;
    this.#pending += tail;
  }

  /** The lines of a batch have one model. A copy is kept: the name itself is a slice that would hold its whole block. */
  #modelOf({ model }: ScannedLine): string | undefined {
    if (model === undefined) return undefined;
    const name = fromByteText(model);
    if (name !== this.#lastModel) this.#lastModel = Buffer.from(name).toString();
    return this.#lastModel;
  }

  #usageAt(at: number): Usage | undefined {
    const [inputTokens = -1, outputTokens = 0, cachedInputTokens = -1, cacheWriteTokens = -1, reasoningTokens = -1] = this.#numbers.subarray(at, at + counts);
    if (inputTokens === -1) return undefined;
    return {
      inputTokens,
      outputTokens,
      ...(cachedInputTokens === -1 ? {} : { cachedInputTokens }),
      ...(cacheWriteTokens === -1 ? {} : { cacheWriteTokens }),
      ...(reasoningTokens === -1 ? {} : { reasoningTokens }),
    };
  }
}

/** Half as much again, so that it is done a few times in all. */
function enlarged(bytes: Buffer, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, needed, Math.ceil(bytes.length * 1.5)));
  bytes.copy(larger);
  return larger;
}
