import type { CsvBlock } from '../records/csv-block.ts';
import type { JsonBlock } from '../records/json-block.ts';
import { rejectionError, type Fault, type RowSink } from '../records/parse-stage.ts';
import type { RowDialect } from '../records/read.ts';
import { type Header, type Rejection, sourceRecord } from '../records/record.ts';
import type { Place, Placing } from './place-requests.ts';
import type { RenderedBlock } from './rendered-block.ts';
import type { ShardRun } from './sharder.ts';
import type { Spooler } from './spool.ts';
import type { RowFormat } from './stretch-parts.ts';

export interface RowSpoolerOptions<T> extends Placing<T> {
  readonly file: string;
  readonly spooler: Spooler<T>;
  /** How rows are read again. */
  readonly dialect: RowDialect;
  /** False where what a function of the user's made of a row could not be told from it: then each row becomes a record. */
  readonly takesBlocks: boolean;
  readonly strict: boolean;
  readonly limit: number;
  readonly onHeader: (header: Header) => void;
}

/**
 * Where the rows of a source become requests without a stream of records between: blocks of rows go to the shards as lines and to the
 * stretches as they stand. A row that cannot go this way becomes a record, and is placed or rejected in its turn by the same functions as
 * ever, so that every row ends as it would in the composed stages.
 */
export class RowSpooler<T> implements RowSink {
  readonly #options: RowSpoolerOptions<T>;
  readonly addBlock?: (block: CsvBlock | JsonBlock) => void;
  readonly wantedFields: readonly string[] | undefined;

  constructor(options: RowSpoolerOptions<T>) {
    this.#options = options;
    const { dialect, lines, takesBlocks } = options;
    this.wantedFields = lines?.make.wantedFields;
    if (takesBlocks) this.addBlock = (block) => this.#addBlock(block, formatOf(block, dialect));
  }

  get file(): string {
    return this.#options.file;
  }

  get full(): boolean {
    return this.#options.spooler.records >= this.#options.limit;
  }

  begin(header: Header): void {
    this.#options.onHeader(header);
  }

  add(value: unknown, line: number | undefined, header?: Header): void {
    const { spooler } = this.#options;
    // The caller says what the rows hold.
    if (!this.full) spooler.add(sourceRecord(spooler.records, value as T, line, header));
  }

  reject(fault: Fault): void {
    if (this.full) return;
    const { spooler, strict } = this.#options;
    const rejection: Rejection = { code: 'parse_error', index: spooler.records, file: this.file, ...fault };
    if (strict) throw rejectionError(rejection);
    spooler.reject(rejection);
  }

  /** Source rows so far. */
  get records(): number {
    return this.#options.spooler.records;
  }

  /** Takes rows whose lines another thread made. */
  addRendered(block: RenderedBlock): void {
    const { lines } = this.#options;
    if (lines === undefined) return;
    for (let row = 0; row < block.rows; row += 1) {
      row = this.#addRendered(lines, block, row);
      if (row < block.rows) block.addTo(this, row);
    }
  }

  /** Takes rows from one on; returns the row that has no line, or whose id was used before. */
  #addRendered({ make, sharder, ids }: NonNullable<Placing<T>['lines']>, block: RenderedBlock, from: number): number {
    const { spooler } = this.#options;
    const { hashes, offsets, output, lines, loan } = block.rendered;
    const index = spooler.records;
    let to = from;
    for (; to < block.rows && block.isSound(to); to += 1) {
      if (make.plan.idField === undefined) continue;
      const at = to * 3;
      if (ids.addHash(hashes[at] ?? 0, hashes[at + 1] ?? 0, hashes[at + 2] ?? 0, block.line + (lines[to] ?? 0)) !== undefined) break;
    }
    if (to === from) return from;
    const shards = sharder.addLines({ text: output, offsets, first: from, count: to - from, loan }, make.kind, index);
    spooler.addRows({ block, from, to, index, shards, loan }, formatOf(block, this.#options.dialect));
    return to;
  }

  #addBlock(block: CsvBlock | JsonBlock, format: RowFormat): void {
    const { spooler, limit, lines } = this.#options;
    // Close to the limit rows go one by one.
    const take = lines !== undefined && spooler.records + block.rows <= limit ? this.#addLines.bind(this, lines) : this.#addRecords.bind(this);
    for (let row = 0; row < block.rows && !this.full; row += 1) {
      row = take(block, row, format);
      if (row < block.rows && !this.full) block.addTo(this, row);
    }
  }

  /** Takes rows as request lines, from one on; returns the row that it cannot take. */
  #addLines({ make, sharder }: NonNullable<Placing<T>['lines']>, block: CsvBlock | JsonBlock, from: number, format: RowFormat): number {
    const { spooler } = this.#options;
    const index = spooler.records;
    const run = make.render(block, from, index);
    if (run.count === 0) return from;
    const shards = sharder.addLines(run, make.kind, index);
    const to = from + run.count;
    spooler.addRows({ block, from, to, index, shards }, format);
    return to;
  }

  /** Takes rows as records, from one on; returns the row that it cannot take. What a function of the user made of a record is never asked for twice. */
  #addRecords(block: CsvBlock | JsonBlock, from: number, format: RowFormat): number {
    const { spooler, place } = this.#options;
    let next = from;
    while (next < block.rows && !this.full) {
      const first = next;
      const index = spooler.records;
      const shards: ShardRun[] = [];
      let rejected: (() => void) | undefined;
      for (; next < block.rows && index + next - first < this.#options.limit; next += 1) {
        const value = block.valueOf(next);
        if (value === undefined) break;
        // As above.
        const record = sourceRecord(index + next - first, value as T, block.line + (block.lines[next] ?? 0), block.kind === 'csv' ? block.header : undefined);
        if (block.kind === 'json') spooler.noteFields(record.value);
        const placed = place(record);
        if ('code' in placed) rejected = () => spooler.rejectRecord(record, placed);
        if ('code' in placed) break;
        countIn(shards, placed);
      }
      if (next > first) spooler.addRows({ block, from: first, to: next, index, shards }, format);
      if (rejected === undefined) return next;
      rejected();
      next += 1;
    }
    return next;
  }
}

function countIn(runs: ShardRun[], { shard }: Place): void {
  const last = runs.at(-1);
  if (last?.shard === shard) runs[runs.length - 1] = { shard, count: last.count + 1 };
  else runs.push({ shard, count: 1 });
}

function formatOf({ header }: { readonly header?: Header | undefined }, dialect: RowDialect): RowFormat {
  if (dialect.kind !== 'csv') return { kind: dialect.kind };
  // Blocks of a table have a header.
  return { ...dialect, header: header ?? { keys: [], names: [] } };
}
