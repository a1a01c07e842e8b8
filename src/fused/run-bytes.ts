import { resultColumns, resultKey, type ResultColumnsOptions } from '../join/columns.ts';
import { columnConflict } from '../join/enrich.ts';
import { outcomeOf, type Outcome } from '../join/outcome.ts';
import { OpenShards, type OpenShard, type SentShard } from '../join/open-shards.ts';
import { placedIn, type VectorSink } from '../join/vectors.ts';
import type { AnsweredShard, WalkInput } from '../join/walk.ts';
import { cellFormatter } from '../records/csv-cells.ts';
import type { Header } from '../records/record.ts';
import { ResultArena } from '../results/arena.ts';
import { toByteText, toIdText } from '../results/byte-text.ts';
import type { OutcomeSummary } from '../results/counted-outcome.ts';
import { tailPrinter, type PrintTail, type TailFormat } from '../results/tails.ts';
import { readStretchBlocks, type StretchRows } from '../shards/stretch-reader.ts';
import type { SpooledRecord } from '../shards/stretch.ts';
import type { Pieces } from './pieces.ts';
import { ObjectRows, TableRows, type RowPrinter } from './run-rows.ts';

/** A record and what became of it. */
export interface WholeOutcome {
  readonly record: SpooledRecord;
  readonly outcome: Outcome;
}

/** How the joined records of a run are written. */
export interface RunBytes {
  readonly walk: WalkInput;
  /** What the rows of the output are: those of a table, with the header of the source, or JSON objects. */
  readonly output: { readonly kind: 'table'; readonly delimiter: string; readonly header: Header } | { readonly kind: 'objects' };
  readonly prefix: string;
  /** What decides on the columns of a table, asked at its first row. */
  readonly columns: () => ResultColumnsOptions;
  readonly vectors?: VectorSink;
  /** Told of each outcome. @param whole the record and all of its outcome, for those who want to see more of it */
  readonly onOutcome: (outcome: OutcomeSummary, whole: () => WholeOutcome) => void;
  /** Told of the answer to a record that was sent once; `WalkInput.onAttempts` is told of all others. */
  readonly onAnswer: (outcome: OutcomeSummary, shard: AnsweredShard) => void;
}

/**
 * Joins a run as bytes. Fast because the rows of a source that the run kept as they stand are moved as they stand, and so are the results of
 * records that were sent once, which is nearly all: no record is made of the one, and no object of the other. Whatever else became of a
 * record is found as the composed stages find it, and printed behind its row.
 *
 * @param pieces where the output is put together
 */
export async function* runBytes(options: RunBytes, pieces: Pieces): AsyncGenerator<Buffer, void, undefined> {
  const { walk } = options;
  const open = new OpenShards(walk);
  const writer = new RunWriter(options, open, pieces);
  try {
    for (const path of walk.stretches) {
      for await (const { records = [], rows } of readStretchBlocks(path)) {
        walk.signal?.throwIfAborted();
        for (const record of records) {
          if (open.mustMove(record.index)) await open.moveTo(record.index);
          writer.writeRecord(record);
          if (writer.pieces.hasFull) yield* writer.pieces.take();
        }
        if (rows === undefined) continue;
        for (let row = 0; row < rows.block.rows; row += 1) {
          if (open.mustMove(rows.index + row)) await open.moveTo(rows.index + row);
          writer.writeRow(rows, row);
          if (writer.pieces.hasFull) yield* writer.pieces.take();
        }
      }
    }
    await open.moveTo(Infinity);
    yield* writer.end();
  } finally {
    writer.close();
    open.close();
  }
}

class RunWriter {
  readonly pieces: Pieces;
  readonly #options: RunBytes;
  readonly #open: OpenShards;
  readonly #rows: RowPrinter;
  #format: TailFormat | undefined;
  #print: PrintTail | undefined;
  readonly #arenas = new Map<OpenShard, ResultArena>();

  constructor(options: RunBytes, open: OpenShards, pieces: Pieces) {
    this.pieces = pieces;
    this.#options = options;
    this.#open = open;
    this.#rows = options.output.kind === 'table' ? new TableRows(options.output) : new ObjectRows(resultKey(options.prefix));
  }

  /** A row that stands as in the source; it was sent. */
  writeRow(rows: StretchRows, row: number): void {
    this.#begin();
    this.pieces.write(this.#rows.rowText(rows, row));
    const sent = { index: rows.index + row, shard: rows.shardOf(row), customId: this.#rows.idIn(rows, row) ?? rows.customIdOf(row) };
    this.#writeOutcome(sent, () => ({ ...sent, line: rows.block.line + (rows.block.lines[row] ?? 0), value: rows.block.valueOf(row) }));
  }

  /** A record that the run kept by itself: it may have been rejected, and if its fields are not known it has no row. */
  writeRecord(record: SpooledRecord): void {
    const { rejection, value, index } = record;
    if (rejection) this.#options.walk.onRecordReject({ ...rejection, ...(value === undefined ? {} : { value }) });
    if (value === undefined) {
      const { outcome } = this.#open.find(record, rejection ? [] : this.#open.sentIn(record));
      this.#options.onOutcome(outcome, () => ({ record, outcome }));
      return;
    }
    this.#begin();
    this.pieces.write(this.#rows.valueText(value, index));
    this.#writeOutcome(record, () => record);
  }

  *end(): Generator<Buffer, void, undefined> {
    yield* this.pieces.end();
  }

  close(): void {
    for (const arena of this.#arenas.values()) arena.close();
  }

  /** The columns are fixed with the first row. */
  #begin(): TailFormat {
    if (this.#format !== undefined) return this.#format;
    const { output, prefix, columns } = this.#options;
    if (output.kind === 'table') {
      const added = resultColumns(columns());
      this.#format = { kind: 'cells', columns: added, delimiter: output.delimiter, before: output.delimiter, after: '\n' };
      this.pieces.write(headerText(output, added.map((column) => `${prefix}${column}`)));
    } else this.#format = { kind: 'object', before: `${toByteText(JSON.stringify(resultKey(prefix)))}:`, after: '}\n' };
    this.#print = tailPrinter(this.#format);
    return this.#format;
  }

  #writeOutcome(sent: Pick<SpooledRecord, 'index' | 'customId' | 'shard' | 'rejection'>, recordOf: () => SpooledRecord): void {
    const { onOutcome, onAnswer, vectors } = this.#options;
    const mine = sent.rejection ? [] : this.#open.sentIn(sent);
    const [only] = mine;
    if (only !== undefined && mine.length === 1) {
      const line = this.#lineOf(only, sent);
      // What is no answer may be an error, of which more is told.
      if (line !== -1 && this.#arenaOf(only.open).isScanned(line)) {
        const summary = this.#arenaOf(only.open).append(line, toIdText(sent.customId), this.pieces);
        onAnswer(summary, only.open.shard);
        onOutcome(summary, () => ({ record: recordOf(), outcome: this.#outcomeIn(only, sent) }));
        return;
      }
    }
    const record = recordOf();
    const { outcome } = this.#open.find(record, mine);
    onOutcome(outcome, () => ({ record, outcome }));
    this.pieces.write(this.#print?.(placedIn(outcome, vectors)) ?? '');
  }

  /** All of the outcome of a record that was sent once, and answered. */
  #outcomeIn({ open }: SentShard, sent: { readonly index: number; readonly customId: string }): Outcome {
    const { rules, wireIdsOf } = this.#options.walk;
    const result = wireIdsOf(sent).map((id) => open.results.find(id)).find((found) => found !== undefined);
    return outcomeOf(result, { ...rules, customId: sent.customId });
  }

  #lineOf({ open }: SentShard, sent: { readonly index: number; readonly customId: string }): number {
    const arena = this.#arenaOf(open);
    for (const wireId of this.#options.walk.wireIdsOf(sent)) {
      const line = arena.lineOf(toIdText(wireId));
      if (line !== -1) return line;
    }
    return -1;
  }

  #arenaOf(open: OpenShard): ResultArena {
    const known = this.#arenas.get(open);
    if (known !== undefined) return known;
    // Shards end about in the order in which they begin.
    for (const [other, arena] of this.#arenas) {
      if (this.#open.has(other)) continue;
      arena.close();
      this.#arenas.delete(other);
    }
    const { vectors, walk } = this.#options;
    const arena = new ResultArena(open.index, { format: this.#begin(), rules: walk.rules, ...(vectors === undefined ? {} : { vectors }) });
    this.#arenas.set(open, arena);
    return arena;
  }
}

function headerText({ delimiter, header }: { readonly delimiter: string; readonly header: Header }, added: readonly string[]): string {
  const conflict = added.find((column) => header.names.includes(column) || header.keys.includes(column));
  if (conflict !== undefined) throw columnConflict(conflict, '', { index: 0 });
  return toByteText(`${cellFormatter(delimiter)([...header.names, ...added])}\n`);
}
