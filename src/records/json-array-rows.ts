import { JsonArrayBlocks } from './json-array-blocks.ts';
import { JsonElements } from './json-elements.ts';
import type { RowParser, RowSink } from './parse-stage.ts';
import { ReadMemory } from './read-memory.ts';

/**
 * Makes records of the objects in an array of a JSON text: the same as {@link JsonElements}, several times faster. At the first thing that is no
 * plain object of that array, and be it its end, it hands over to that.
 */
export class JsonArrayRows implements RowParser {
  readonly #sink: RowSink;
  readonly #keys: readonly string[];
  readonly #blocks: JsonArrayBlocks;
  readonly #memory = new ReadMemory();
  #successor: JsonElements | undefined;

  constructor(sink: RowSink, keys: readonly string[]) {
    this.#sink = sink;
    this.#keys = keys;
    this.#blocks = new JsonArrayBlocks(keys, sink.wantedFields);
  }

  room(): Buffer | undefined {
    return this.#successor === undefined ? this.#memory.next() : undefined;
  }

  push(bytes: Buffer): void {
    if (this.#successor === undefined) this.#read(bytes, false);
    else this.#successor.push(bytes);
  }

  end(): void {
    if (this.#successor === undefined) this.#read(Buffer.alloc(0), true);
    if (this.#successor === undefined) this.#handOver(this.#blocks.release());
    this.#successor?.end();
  }

  #read(bytes: Buffer, isLast: boolean): void {
    const sink = this.#sink;
    for (const block of this.#blocks.read(bytes, isLast)) {
      if (sink.addBlock) sink.addBlock(block);
      else for (let row = 0; row < block.rows; row += 1) block.addTo(sink, row);
      if (sink.full) return;
    }
    if (this.#blocks.odd !== undefined) this.#handOver(this.#blocks.odd);
  }

  #handOver(bytes: Buffer): void {
    const { head, hasElements, position } = this.#blocks;
    this.#successor = new JsonElements(this.#sink, this.#keys, head !== undefined && hasElements ? { head, position } : undefined);
    if (head !== undefined && !hasElements) this.#successor.push(head);
    this.#successor.push(bytes);
  }
}
