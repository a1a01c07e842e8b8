import { createReadStream } from 'node:fs';
import { readLines, type Line } from '../records/lines.ts';
import type { ShardLimits } from './limits.ts';

/** Reads the request lines of a shard file by position, forward only. */
export class RequestLines {
  readonly #envelope: ShardLimits['envelope'];
  readonly #chunks: AsyncGenerator<Line[], void, undefined>;
  #lines: Line[] = [];
  #next = 0;
  #position = 0;

  constructor(path: string, { envelope }: Pick<ShardLimits, 'envelope'>) {
    this.#envelope = envelope;
    this.#chunks = readLines(createReadStream(path, { highWaterMark: 256 * 1024 }));
  }

  /**
   * The request line at a 0-based position, as `formatRequest` wrote it.
   * Positions are asked for in rising order.
   */
  async at(position: number): Promise<string | undefined> {
    for (;;) {
      const line = this.#lines[this.#next];
      if (line === undefined) {
        const { value, done } = await this.#chunks.next();
        if (done === true) return undefined;
        this.#lines = value;
        this.#next = 0;
        continue;
      }
      this.#next += 1;
      if (this.#position++ === position) return this.#unwrap(line.bytes.toString(), position);
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }

  /** Takes the envelope off: what stands before the first line, and behind each. */
  #unwrap(text: string, position: number): string {
    const { prefix, separator, suffix } = this.#envelope;
    const line = position === 0 && prefix !== '' && text.startsWith(prefix) ? text.slice(prefix.length) : text;
    const ending = [separator, suffix].map((part) => part.replace(/\n$/, '')).find((part) => part !== '' && line.endsWith(part));
    return ending === undefined ? line : line.slice(0, -ending.length);
  }
}
