import { parentPort, workerData } from 'node:worker_threads';
import type { CsvBlock } from '../records/csv-block.ts';
import type { JsonBlock } from '../records/json-block.ts';
import type { RowSink } from '../records/parse-stage.ts';
import type { IdRegister } from '../requests/request-builder.ts';
import { type LinePlan, RowLines } from '../requests/row-lines.ts';
import { IdHasher } from '../results/id-hash.ts';
import { type Rendered, rowBlocks, type RowPlace } from './rendered-block.ts';
import type { LineRun } from './sharder.ts';
import { atLeast, RowTable, type ThreadSlot } from './thread-slot.ts';

/** What a worker is started with. */
export interface WorkerSetting extends RowPlace {
  readonly plan: LinePlan;
  readonly seed: Uint32Array;
}

/** What a worker is asked: request lines of the rows of a chunk. */
export interface WorkerTask {
  readonly number: number;
  readonly slot: ThreadSlot;
  /** Where the chunk begins in the input, and where it ends. */
  readonly from: number;
  readonly to: number;
  /** Index of the first record. */
  readonly index: number;
}

/** What it answers. */
export interface WorkerAnswer extends Pick<Rendered, 'isWhole' | 'breaks' | 'rows'> {
  readonly number: number;
  /** Where there is too little room in the one that was sent, another one. */
  readonly slot: ThreadSlot;
}

/** Renders chunks, one after the other. */
class ChunkRenderer implements IdRegister {
  readonly #place: RowPlace;
  readonly #hasher: IdHasher;
  readonly #lines: RowLines<unknown>;
  #table = new RowTable(new SharedArrayBuffer(4));
  #output = new SharedArrayBuffer(0);
  #written = 0;
  #rows = 0;
  #records = 0;
  /** The row whose id comes next. */
  #idRow = 0;

  constructor({ plan, seed, ...place }: WorkerSetting) {
    this.#place = place;
    this.#hasher = new IdHasher(seed);
    this.#lines = new RowLines<unknown>({ ...plan, ids: this });
  }

  /** Keeps the hash of an id, for the thread that knows which were seen. */
  add(id: string): undefined {
    if (this.#idRow >= this.#table.capacity) this.#table = this.#table.grown(this.#idRow + 1);
    this.#hasher.update(id);
    const { hashes } = this.#table;
    hashes[this.#idRow * 3] = this.#hasher.first;
    hashes[this.#idRow * 3 + 1] = this.#hasher.second;
    hashes[this.#idRow * 3 + 2] = this.#hasher.third;
    this.#idRow += 1;
  }

  render({ number, slot, from, to, index }: WorkerTask): WorkerAnswer {
    const bytes = Buffer.from(slot.input, from, to - from);
    const blocks = rowBlocks(this.#place, 0, this.#lines.wantedFields);
    this.#table = new RowTable(slot.table);
    this.#output = slot.output;
    this.#written = this.#rows = this.#records = 0;
    for (const block of blocks.read(bytes, false)) this.#renderBlock(block, block.bytes.byteOffset - bytes.byteOffset, index);
    const rest = blocks.release().toString('latin1');
    return {
      number,
      slot: { input: slot.input, output: this.#output, table: this.#table.memory },
      // Behind the last row there may be blank lines.
      isWhole: blocks.odd === undefined && /^(\r?\n)*$/.test(rest),
      breaks: blocks.line + rest.split('\n').length - 1,
      rows: this.#rows,
    };
  }

  /** @param offset where the block begins in the chunk */
  #renderBlock(block: CsvBlock | JsonBlock, offset: number, index: number): void {
    // Of a row that has no line, the other thread says what becomes of it; here it only counts, or does not.
    const count = (): void => void (this.#records += 1);
    const counter: RowSink = { file: '', full: false, begin: () => undefined, add: count, reject: count };
    for (let row = 0; row < block.rows; ) {
      this.#idRow = this.#rows;
      const run = this.#lines.render(block, row, index + this.#records);
      this.#add(block, row, run, offset);
      this.#records += run.count;
      row += run.count;
      if (row === block.rows) return;
      block.addTo(counter, row);
      this.#add(block, row, none, offset);
      row += 1;
    }
  }

  #add(block: CsvBlock | JsonBlock, from: number, { text, offsets, count }: LineRun, offset: number): void {
    if (this.#rows + count > this.#table.capacity) this.#table = this.#table.grown(this.#rows + count);
    const table = this.#table;
    const first = this.#rows;
    for (let row = 0; row < count; row += 1) {
      table.starts[first + row] = (block.starts[from + row] ?? 0) + offset;
      table.ends[first + row] = (block.ends[from + row] ?? 0) + offset;
      table.lines[first + row] = (block.lines[from + row] ?? 0) + block.line;
      table.offsets[first + row] = this.#written + (offsets[row] ?? 0);
    }
    this.#rows += count;
    this.#output = atLeast(this.#output, this.#written + text.length);
    // Lines are rendered as byte strings.
    this.#written += Buffer.from(this.#output).write(text as string, this.#written, 'latin1');
    table.offsets[this.#rows] = this.#written;
  }
}

/** A row without a line. */
const none: LineRun = { text: '', offsets: new Int32Array(2), count: 1 };

// The setting is one that `RowThreads` made.
const renderer = new ChunkRenderer(workerData as WorkerSetting);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of threads has no origin
parentPort?.on('message', (task: WorkerTask) => parentPort?.postMessage(renderer.render(task)));
