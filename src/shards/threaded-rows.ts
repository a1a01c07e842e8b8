import type { CsvPlace } from '../records/csv-blocks.ts';
import { JsonlRows } from '../records/jsonl-blocks.ts';
import type { RowParser } from '../records/parse-stage.ts';
import { PlainCsvRows } from '../records/plain-csv-rows.ts';
import type { RowDialect } from '../records/read.ts';
import { ChunkCutter } from './chunk-cutter.ts';
import { RenderedBlock, type Rendered } from './rendered-block.ts';
import { RowThreads } from './row-threads.ts';
import type { RowSpooler } from './row-spooler.ts';
import type { WorkerSetting } from './row-worker.ts';
import { readTo } from './thread-slot.ts';

const maxRecordBytes = 64 * 1024 * 1024;
/** Bytes that are sent at a time, or more, where they come in small chunks. */
const sendBytes = readTo.bytes;

type Reader = PlainCsvRows | JsonlRows;

/**
 * Reads rows with the help of other threads, which make the request lines; this one cuts, keeps the order, knows the ids and writes.
 *
 * The first chunk is read here: it has the header, and what is wrong with the whole job shows at its records. Where chunks are cut is a guess
 * (see `ChunkCutter`), and so is the index of their first records, where ids need it. Both are found out: a chunk is right if the rows that
 * began at its first byte end at its last one, and it began where the one before it ended. From the first guess that was wrong on, all is
 * read here.
 */
export class ThreadedRows<T> implements RowParser {
  readonly #sink: RowSpooler<T>;
  readonly #dialect: RowDialect;
  readonly #setting: Pick<WorkerSetting, 'plan' | 'seed'>;
  readonly #count: number;
  readonly #needsIndex: boolean;
  readonly #cutter: ChunkCutter;
  #reader: Reader | undefined;
  #threads: RowThreads | undefined;
  #place: CsvPlace = { line: 1, header: undefined };
  /** Index of the first record of the next chunk, as guessed; and those of the chunks that are out. */
  #index = 0;
  readonly #indexes: number[] = [];
  /** Whole rows that are not sent yet. */
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #unsentRows = 0;
  #isWrong = false;
  /** After a wrong guess: the chunks that came back, and what was pushed since. */
  readonly #returned: Buffer[] = [];
  readonly #later: Buffer[] = [];

  constructor(sink: RowSpooler<T>, dialect: RowDialect, count: number, setting: Pick<WorkerSetting, 'plan' | 'seed'>) {
    this.#sink = sink;
    this.#dialect = dialect;
    this.#setting = setting;
    this.#count = count;
    this.#needsIndex = setting.plan.idField === undefined || setting.plan.wirePrefix !== undefined;
    this.#cutter = new ChunkCutter(dialect.kind === 'csv' ? dialect.quote : '', this.#needsIndex);
    this.#reader = this.#newReader(undefined);
  }

  room(): Buffer | undefined {
    if (this.#isWrong) return undefined;
    return this.#reader === undefined ? this.#threads?.reserve() : this.#reader.room();
  }

  push(bytes: Buffer): void {
    if (this.#reader !== undefined) this.#readHere(this.#reader, bytes);
    else if (this.#isWrong) this.#later.push(bytes);
    else this.#send(bytes);
  }

  async settle(isLast: boolean): Promise<void> {
    await this.#threads?.atMost(this.#count + 2);
    if (!this.#isWrong && !isLast) return;
    if (!this.#isWrong && this.#unsentBytes > 0) this.#sendAll();
    await this.#threads?.atMost(0);
    if (this.#reader === undefined) this.#goOnHere();
  }

  end(): void {
    this.#reader?.end();
  }

  close(): void {
    this.#threads?.close();
  }

  /** Reads the first chunks, until the header is known. */
  #readHere(reader: Reader, bytes: Buffer): void {
    reader.push(bytes);
    const place = this.#threads === undefined ? reader.release() : undefined;
    // Without a header yet, or with one that is not plain, it goes on as it began.
    if (place === undefined) return;
    this.#reader = undefined;
    this.#place = { header: undefined, ...place };
    this.#index = this.#sink.records;
    this.#threads = new RowThreads(this.#count, { ...this.#setting, dialect: this.#dialect, header: this.#place.header }, (rendered) => this.#take(rendered));
    this.push(place.rest);
  }

  #send(bytes: Buffer): void {
    const chunk = this.#cutter.push(bytes);
    if (chunk === undefined) return this.#threads?.release(bytes);
    this.#unsent.push(...chunk.parts);
    this.#unsentBytes += chunk.parts.reduce((sum, { length }) => sum + length, 0);
    this.#unsentRows += chunk.rows;
    if (this.#unsentBytes >= sendBytes || this.#threads?.owns(bytes) === true) this.#sendAll();
  }

  #sendAll(): void {
    this.#indexes.push(this.#index);
    this.#threads?.send(this.#unsent, this.#index);
    this.#index += this.#unsentRows;
    this.#unsent = [];
    this.#unsentBytes = this.#unsentRows = 0;
  }

  #take(rendered: Rendered): void {
    const index = this.#indexes.shift();
    this.#isWrong ||= !rendered.isWhole || (this.#needsIndex && index !== this.#sink.records);
    if (this.#isWrong) {
      this.#returned.push(Buffer.from(rendered.chunk));
      return;
    }
    const block = new RenderedBlock(rendered, { dialect: this.#dialect, header: this.#place.header }, this.#place.line);
    this.#sink.addRendered(block);
    this.#place = { ...this.#place, line: block.nextLine };
  }

  /** Reads what is left in this thread: all chunks are back. */
  #goOnHere(): void {
    this.#reader = this.#newReader(this.#place);
    for (const bytes of [...this.#returned, ...this.#unsent, this.#cutter.release(), ...this.#later]) this.#reader.push(bytes);
    this.#unsent.length = 0;
    this.#returned.length = 0;
    this.#later.length = 0;
  }

  #newReader(place: CsvPlace | undefined): Reader {
    const sink = this.#sink;
    if (this.#dialect.kind !== 'csv') return new JsonlRows(sink, (block) => sink.addBlock?.(block), place?.line);
    return new PlainCsvRows(sink, { ...this.#dialect, maxRecordBytes }, place);
  }
}
