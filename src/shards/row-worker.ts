import { parentPort, workerData } from 'node:worker_threads';
import type { CsvBlock } from '../records/csv-block.ts';
import type { JsonBlock } from '../records/json-block.ts';
import type { RowSink } from '../records/parse-stage.ts';
import type { IdRegister } from '../requests/request-builder.ts';
import { type LinePlan, RowLines } from '../requests/row-lines.ts';
import { IdHasher } from '../results/id-hash.ts';
import { type Rendered, rowBlocks, type RowPlace } from './rendered-block.ts';
import type { LineRun } from './sharder.ts';

/** What a worker is started with. */
export interface WorkerSetting extends RowPlace {
  readonly plan: LinePlan;
  readonly seed: Uint32Array;
}

/** What a worker is asked: request lines of the rows of a chunk. */
export interface WorkerTask {
  readonly number: number;
  readonly chunk: Uint8Array;
  /** Index of the first record. */
  readonly index: number;
}

/** What it answers. */
export interface WorkerAnswer {
  readonly number: number;
  readonly rendered: Rendered;
}

/** Keeps the hash of each id, for the thread that knows which were seen. */
class Hashes implements IdRegister {
  readonly #hasher: IdHasher;
  words = new Uint32Array(0);
  count = 0;

  constructor(seed: Uint32Array) {
    this.#hasher = new IdHasher(seed);
  }

  add(id: string): undefined {
    this.#hasher.update(id);
    if (this.words.length < this.count * 3 + 3) this.words = extended(this.words, new Uint32Array(this.count * 6 + 3072));
    this.words[this.count * 3] = this.#hasher.first;
    this.words[this.count * 3 + 1] = this.#hasher.second;
    this.words[this.count * 3 + 2] = this.#hasher.third;
    this.count += 1;
  }
}

/** Renders chunks, one after the other. */
class ChunkRenderer {
  readonly #place: RowPlace;
  readonly #hashes: Hashes;
  readonly #lines: RowLines<unknown>;

  constructor({ plan, seed, ...place }: WorkerSetting) {
    this.#place = place;
    this.#hashes = new Hashes(seed);
    this.#lines = new RowLines<unknown>({ ...plan, ids: this.#hashes });
  }

  render(chunk: Uint8Array, index: number): Rendered {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const blocks = rowBlocks(this.#place, 0, this.#lines.wantedFields);
    const made = new Made();
    this.#hashes.count = 0;
    this.#hashes.words = new Uint32Array(0);
    for (const block of blocks.read(bytes, false)) this.#renderBlock(block, made, block.bytes.byteOffset - bytes.byteOffset, index);
    const rest = blocks.release();
    const isWhole = blocks.odd === undefined && /^(\r?\n)*$/.test(rest.toString('latin1'));
    const breaks = blocks.line + rest.filter((byte) => byte === 0x0a).length;
    return { chunk, isWhole, breaks, records: made.records, hashes: this.#hashes.words, ...made.arrays() };
  }

  #renderBlock(block: CsvBlock | JsonBlock, made: Made, offset: number, index: number): void {
    // Of a row that has no line, the other thread says what becomes of it; here it only counts, or does not.
    const count = (): void => void (made.records += 1);
    const counter: RowSink = { file: '', full: false, begin: () => undefined, add: count, reject: count };
    for (let row = 0; row < block.rows; ) {
      this.#hashes.count = made.rows;
      const run = this.#lines.render(block, row, index + made.records);
      made.add(block, row, run, offset);
      made.records += run.count;
      row += run.count;
      if (row === block.rows) return;
      block.addTo(counter, row);
      made.add(block, row, { text: '', offsets: new Int32Array(2), count: 1 }, offset);
      row += 1;
    }
  }
}

/** The arrays of a {@link Rendered}, while they grow. */
class Made {
  rows = 0;
  records = 0;
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  lines = new Int32Array(1024);
  offsets = new Int32Array(1025);
  #output = '';

  /** Adds rows with their lines; `offset` is where the block begins in the chunk. */
  add(block: CsvBlock | JsonBlock, from: number, { text, offsets, count }: LineRun, offset: number): void {
    if (this.rows + count > this.starts.length) this.#grow(this.rows + count);
    const start = this.#output.length;
    for (let row = 0; row < count; row += 1) {
      this.starts[this.rows + row] = (block.starts[from + row] ?? 0) + offset;
      this.ends[this.rows + row] = (block.ends[from + row] ?? 0) + offset;
      this.lines[this.rows + row] = (block.lines[from + row] ?? 0) + block.line;
      this.offsets[this.rows + row + 1] = start + (offsets[row + 1] ?? 0);
    }
    // Lines are rendered as byte strings.
    this.#output += text as string;
    this.rows += count;
  }

  arrays(): Pick<Rendered, 'rows' | 'starts' | 'ends' | 'lines' | 'offsets' | 'output'> {
    const output = Buffer.allocUnsafeSlow(this.#output.length);
    output.write(this.#output, 'latin1');
    return { rows: this.rows, starts: this.starts, ends: this.ends, lines: this.lines, offsets: this.offsets, output };
  }

  #grow(rows: number): void {
    const length = Math.max(rows, this.starts.length * 4);
    this.starts = extended(this.starts, new Int32Array(length));
    this.ends = extended(this.ends, new Int32Array(length));
    this.lines = extended(this.lines, new Int32Array(length));
    this.offsets = extended(this.offsets, new Int32Array(length + 1));
  }
}

function extended<Numbers extends Int32Array | Uint32Array>(numbers: Numbers, longer: Numbers): Numbers {
  longer.set(numbers);
  return longer;
}

// The setting is one that `RowThreads` made.
const renderer = new ChunkRenderer(workerData as WorkerSetting);
parentPort?.on('message', ({ number, chunk, index }: WorkerTask) => {
  const rendered = renderer.render(chunk, index);
  const { starts, ends, lines, offsets, output, hashes } = rendered;
  const answer: WorkerAnswer = { number, rendered };
  parentPort?.postMessage(answer, [chunk.buffer, starts.buffer, ends.buffer, lines.buffer, offsets.buffer, output.buffer, hashes.buffer].map((buffer) => buffer as ArrayBuffer));
});
