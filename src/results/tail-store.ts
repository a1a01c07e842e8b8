import type { Outcome } from '../join/outcome.ts';
import { usageIn, type ScannedParts } from './line-scanner.ts';
import type { ShapeTail } from './scanned-tails.ts';

/** What is counted of an outcome. */
export type OutcomeSummary = Pick<Outcome, 'status' | 'reason' | 'model' | 'usage'>;

const firstBytes = 4 * 1024 * 1024;
/** Numbers kept of a line: its token counts. */
const countsOfLine = 5;

/**
 * Tails by position, in one buffer that is used again, and the numbers of their outcomes. Tails are gathered as text and written to the
 * buffer together: one call for a block of lines.
 */
export class TailStore {
  #bytes: Buffer = Buffer.allocUnsafeSlow(0);
  #used = 0;
  #pending = '';
  #starts = new Float64Array(0);
  #lengths = new Int32Array(0);
  #counts = new Int32Array(0);
  /** Number of the shape, counted from 1; 0 for a line that was parsed. */
  #shapes = new Int32Array(0);
  readonly #shapeTails: ShapeTail[] = [];
  /** Outcomes of lines that were parsed: few, as a rule. */
  #summaries = new Map<number, OutcomeSummary>();

  /** Forgets everything, and makes room for a number of positions. */
  clear(positions: number): void {
    this.#used = 0;
    this.#pending = '';
    this.#summaries = new Map();
    if (this.#starts.length < positions) {
      this.#starts = new Float64Array(positions);
      this.#counts = new Int32Array(positions * countsOfLine);
    }
    // Without a length there is no tail.
    this.#lengths = new Int32Array(positions);
    this.#shapes = new Int32Array(positions);
  }

  /** Adds the tail of a line that was scanned. */
  addScanned(position: number, tail: string, shape: ShapeTail, counts: ScannedParts): void {
    this.#add(position, tail);
    this.#note(position, shape, counts);
  }

  /** Adds the tail of a line that has a vector: its bytes are copied, and what stands around them. */
  addVector(position: number, [head, foot]: readonly [string, string], vector: Buffer, shape: ShapeTail, counts: ScannedParts): void {
    this.#starts[position] = this.#used + this.#pending.length;
    this.#lengths[position] = head.length + vector.length + foot.length;
    this.#pending += head;
    this.flush();
    this.#makeRoom(vector.length);
    this.#used += vector.copy(this.#bytes, this.#used);
    this.#pending = foot;
    this.#note(position, shape, counts);
  }

  #note(position: number, shape: ShapeTail, counts: ScannedParts): void {
    this.#shapeTails[counts.shape] = shape;
    this.#shapes[position] = counts.shape + 1;
    const at = position * countsOfLine;
    this.#counts[at] = counts.inputTokens;
    this.#counts[at + 1] = counts.outputTokens;
    this.#counts[at + 2] = counts.cachedTokens;
    this.#counts[at + 3] = counts.cacheWriteTokens;
    this.#counts[at + 4] = counts.reasoningTokens;
  }

  /** Adds the tail of a line that was parsed. */
  addOutcome(position: number, tail: string, { status, reason, model, usage }: Outcome): void {
    this.#add(position, tail);
    this.#summaries.set(position, { status, ...(reason === undefined ? {} : { reason }), ...(model === undefined ? {} : { model }), ...(usage === undefined ? {} : { usage }) });
  }

  /** Writes what was gathered. Called after each block of lines. */
  flush(): void {
    this.#makeRoom(this.#pending.length);
    this.#bytes.write(this.#pending, this.#used, 'latin1');
    this.#used += this.#pending.length;
    this.#pending = '';
  }

  #makeRoom(length: number): void {
    if (this.#used + length > this.#bytes.length) this.#bytes = enlarged(this.#bytes, this.#used + length);
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

  /** The same as bytes: a view that is good until the next stretch. */
  view(position: number): Buffer {
    const start = this.#starts[position] ?? 0;
    return this.#bytes.subarray(start, start + this.lengthOf(position));
  }

  /** The outcome of the tail at a position, as far as it is counted. */
  summary(position: number): OutcomeSummary {
    const shape = this.#shapeTails[(this.#shapes[position] ?? 0) - 1];
    if (shape === undefined) return this.#summaries.get(position) ?? { status: 'missing' };
    if (!shape.hasUsage) return shape.outcome;
    const at = position * countsOfLine;
    const counts = this.#counts;
    const usage = usageIn({
      inputTokens: counts[at] ?? 0,
      outputTokens: counts[at + 1] ?? 0,
      cachedTokens: counts[at + 2] ?? 0,
      cacheWriteTokens: counts[at + 3] ?? 0,
      reasoningTokens: counts[at + 4] ?? 0,
    });
    return new CountedOutcome(shape, usage);
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
}

/** A summary made by assignment: one is made for each record, and spreading costs ten times as much. */
class CountedOutcome implements OutcomeSummary {
  readonly status: OutcomeSummary['status'];
  declare readonly reason?: string;
  declare readonly model?: string;
  readonly usage: NonNullable<OutcomeSummary['usage']>;

  constructor({ outcome: { status, reason, model } }: ShapeTail, usage: NonNullable<OutcomeSummary['usage']>) {
    this.status = status;
    if (reason !== undefined) this.reason = reason;
    if (model !== undefined) this.model = model;
    this.usage = usage;
  }
}

/** Half as much again, so that it is done a few times in all. */
function enlarged(bytes: Buffer, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, needed, Math.ceil(bytes.length * 1.5)));
  bytes.copy(larger);
  return larger;
}
